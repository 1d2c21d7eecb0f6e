import { Module } from '@nestjs/common';
import { AttachmentChanges } from './attachment.changes.js';
import { AttachmentCommands } from './attachment.commands.js';
import { AttachmentsController } from './attachments.controller.js';
import { AttachmentsResolver } from './attachments.resolver.js';
import { AttachmentsService } from './attachments.service.js';

@Module({
  controllers: [AttachmentsController],
  providers: [AttachmentsService, AttachmentChanges, AttachmentCommands, AttachmentsResolver],
  exports: [AttachmentsService],
})
export class AttachmentsModule {}
