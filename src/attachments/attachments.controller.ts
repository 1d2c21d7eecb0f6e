import { Body, Controller, Delete, Get, Headers, Param, Post, Put, Query } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/access.decorators.js';
import { AttachmentModel } from '../faces/attachment.model.js';
import { Fails } from '../http/fails.decorator.js';
import { Lists } from '../http/lists.decorator.js';
import { Creates, Removes } from '../http/outcome.decorators.js';
import { Tagged } from '../http/tagged.decorator.js';
import { EngineQuery, WriteQuery } from '../http/write.query.js';
import { NotesAttempts } from '../inventory/attempt.js';
import type { Outcome } from '../inventory/outcome.js';
import type { Listing } from '../inventory/page.js';
import type { Attachment } from '../resources/attachment.js';
import { AttachInput, AttachmentSettingsInput } from './attachment.inputs.js';
import {
  DetachByIdQuery,
  DetachQuery,
  ListAttachmentsQuery,
  ListOneEndQuery,
  PutAttachmentQuery,
} from './attachment.queries.js';
import { AttachmentsService } from './attachments.service.js';

const ENDS = ['NETWORK_NOT_FOUND', 'CONTAINER_NOT_FOUND', 'AMBIGUOUS_REFERENCE'] as const;
const ATTACHING = ['ATTACHMENT_IMPOSSIBLE', 'ADDRESS_IN_USE', 'ADDRESS_POOL_EXHAUSTED', 'CONTAINER_STATE'] as const;
const SETTINGS = ['ADDRESS_OUTSIDE_SUBNET', 'ADDRESS_NOT_ASSIGNABLE', 'SUBNET_REQUIRED', 'UNSUPPORTED_BY_ENGINE'] as const;
const TARGETS = ['NETWORK_NOT_ATTACHABLE'] as const;
const FROM_ENGINE = ['ENGINE_UNREACHABLE', 'ENGINE_TIMEOUT', 'ENGINE_ERROR'] as const;
const SORTABLE = 'Sortable by id, engine, networkName and containerName.';

const path = ({ id }: { readonly id: string }): string => `/v1/attachments/${id}`;

@ApiTags('Attachments')
@Controller()
@NotesAttempts()
export class AttachmentsController {
  constructor(private readonly attachments: AttachmentsService) {}

  @Get('attachments')
  @Requires('networks:read')
  @Lists(AttachmentModel, 'attachments')
  @Fails('VALIDATION_FAILED', 'INVALID_CURSOR', 'ENGINE_NOT_FOUND', ...ENDS)
  @ApiOperation({
    operationId: 'listAttachments',
    summary: 'List attachments',
    description: `Attachments on all engines, by network and container. ${SORTABLE}`,
  })
  list(@Query() { limit, cursor, sort, ...filter }: ListAttachmentsQuery): Listing<Attachment> {
    return this.attachments.list(filter, { limit, cursor, sort });
  }

  @Post('attachments')
  @Requires('networks:use')
  @Creates(AttachmentModel, path)
  @Fails('VALIDATION_FAILED', 'ALREADY_ATTACHED', ...ENDS, ...ATTACHING, ...SETTINGS, ...TARGETS, ...FROM_ENGINE)
  @ApiOperation({
    operationId: 'createAttachment',
    summary: 'Attach a container to a network, strictly',
    description: 'Fails where the container is on the network already; PUT is the form that may be repeated.',
  })
  create(@Body() input: AttachInput, @Query() query: WriteQuery): Promise<Outcome<Attachment>> {
    return this.attachments.attach(input, { ...query, strict: true });
  }

  @Get('attachments/:id')
  @Requires('networks:read')
  @Tagged()
  @ApiResponse({ status: 200, type: AttachmentModel, description: 'The attachment.' })
  @Fails('ATTACHMENT_NOT_FOUND', 'ENGINE_UNREACHABLE')
  @ApiOperation({
    operationId: 'getAttachment',
    summary: 'Get an attachment by its id',
    description: 'The id is `<network id>.<container id>`.',
  })
  get(@Param('id') id: string): Attachment {
    return this.attachments.get(id);
  }

  @Delete('attachments/:id')
  @Requires('networks:use')
  @Removes(AttachmentModel)
  @Fails('ATTACHMENT_NOT_FOUND', 'ATTACHMENT_IMPOSSIBLE', 'CONTAINER_STATE', 'PRECONDITION_FAILED', ...FROM_ENGINE)
  @ApiOperation({
    operationId: 'removeAttachment',
    summary: 'Detach by the id of the attachment',
    description: 'Also the way to heal a broken attachment.',
  })
  remove(
    @Param('id') id: string,
    @Query() options: DetachByIdQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Attachment>> {
    return this.attachments.detachById(id, { ...options, ifMatch });
  }

  @Get('networks/:network/attachments')
  @Requires('networks:read')
  @Lists(AttachmentModel, 'attachments')
  @Fails('INVALID_CURSOR', 'NETWORK_NOT_FOUND', 'AMBIGUOUS_REFERENCE')
  @ApiOperation({
    operationId: 'listNetworkAttachments',
    summary: 'List the attachments of a network',
    description: `Those of stopped containers included. ${SORTABLE}`,
  })
  ofNetwork(
    @Param('network') network: string,
    @Query() { limit, cursor, sort, engine }: ListOneEndQuery,
  ): Listing<Attachment> {
    return this.attachments.list({ network, engine }, { limit, cursor, sort });
  }

  @Get('containers/:container/attachments')
  @Requires('containers:read')
  @Lists(AttachmentModel, 'attachments')
  @Fails('INVALID_CURSOR', 'CONTAINER_NOT_FOUND', 'AMBIGUOUS_REFERENCE')
  @ApiOperation({
    operationId: 'listContainerAttachments',
    summary: 'List the attachments of a container',
    description: `Broken ones included. ${SORTABLE}`,
  })
  ofContainer(
    @Param('container') container: string,
    @Query() { limit, cursor, sort, engine }: ListOneEndQuery,
  ): Listing<Attachment> {
    return this.attachments.list({ container, engine }, { limit, cursor, sort });
  }

  @Get('networks/:network/attachments/:container')
  @Requires('networks:read')
  @Tagged()
  @ApiResponse({ status: 200, type: AttachmentModel, description: 'The attachment.' })
  @Fails('ATTACHMENT_NOT_FOUND', ...ENDS)
  @ApiOperation({
    operationId: 'getNetworkAttachment',
    summary: 'Get the attachment of a container to a network',
    description: 'Both ends are references.',
  })
  getByEnds(
    @Param('network') network: string,
    @Param('container') container: string,
    @Query() { engine }: EngineQuery,
  ): Attachment {
    return this.attachments.getByEnds({ network, container, engine });
  }

  @Put('networks/:network/attachments/:container')
  @Requires('networks:use')
  @Creates(AttachmentModel, path, 'An equal attachment stood already, or this is a dry run.')
  @ApiHeader({ name: 'If-Match', required: false, description: 'ETag of the attachment that is to be replaced.' })
  @Fails('VALIDATION_FAILED', 'ATTACHMENT_DIFFERS', 'PRECONDITION_FAILED', ...ENDS, ...ATTACHING, ...SETTINGS)
  @Fails(...TARGETS, ...FROM_ENGINE)
  @ApiOperation({
    operationId: 'putAttachment',
    summary: 'Attach a container to a network',
    description: 'May be repeated: 201 when it was made, 200 when one with equal settings stood.',
  })
  put(
    @Param('network') network: string,
    @Param('container') container: string,
    @Query() { engine, ...options }: PutAttachmentQuery,
    @Body() settings: AttachmentSettingsInput,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Attachment>> {
    return this.attachments.attach({ ...settings, network, container, engine }, { ...options, ifMatch });
  }

  @Delete('networks/:network/attachments/:container')
  @Requires('networks:use')
  @Removes(AttachmentModel)
  @Fails('ATTACHMENT_NOT_FOUND', 'ATTACHMENT_IMPOSSIBLE', 'CONTAINER_STATE', 'PRECONDITION_FAILED', ...ENDS)
  @Fails(...FROM_ENGINE)
  @ApiOperation({
    operationId: 'removeNetworkAttachment',
    summary: 'Detach a container from a network',
    description: 'Running or stopped.',
  })
  removeByEnds(
    @Param('network') network: string,
    @Param('container') container: string,
    @Query() { engine, ...options }: DetachQuery,
    @Headers('if-match') ifMatch?: string,
  ): Promise<Outcome<Attachment>> {
    return this.attachments.detach({ network, container, engine }, { ...options, ifMatch });
  }
}
