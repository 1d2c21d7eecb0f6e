import { Module } from '@nestjs/common';
import { AttachmentCommands } from './attachment.commands.js';
import { AttachmentsController } from './attachments.controller.js';
import { AttachmentsResolver } from './attachments.resolver.js';
import { AttachmentsService } from './attachments.service.js';

@Module({
  controllers: [AttachmentsController],
  providers: [AttachmentsService, AttachmentCommands, AttachmentsResolver],
  exports: [AttachmentsService],
})
export class AttachmentsModule {}
