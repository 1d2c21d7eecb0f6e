import { Args, ID, Mutation, Parent, Query, Resolver } from '@nestjs/graphql';
import { Requires } from '../auth/access.decorators.js';
import { AttachmentModel } from '../faces/attachment.model.js';
import { ContainerModel } from '../faces/container.model.js';
import { EngineModel } from '../faces/engine.model.js';
import { NetworkModel } from '../faces/network.model.js';
import { DryRun, EngineArg, Flag, IfMatch } from '../graphql/args.js';
import { connectionType, ConnectionOf } from '../graphql/connection.js';
import { Link } from '../graphql/link.decorator.js';
import { payload, payloadType } from '../graphql/payload.js';
import { NotesAttempts } from '../inventory/attempt.js';
import { resourceTag } from '../inventory/resource-tag.js';
import { VisibleInventory } from '../inventory/visible-inventory.js';
import type { Attachment } from '../resources/attachment.js';
import type { Container } from '../resources/container.js';
import type { Engine } from '../resources/engine.js';
import type { Network } from '../resources/network.js';
import { AttachInput } from './attachment.inputs.js';
import { AttachmentsArgs } from './attachment.queries.js';
import { AttachmentsService } from './attachments.service.js';

const AttachmentConnection = connectionType<Attachment>(AttachmentModel, 'Attachment', 'attachments');
const AttachPayload = payloadType('AttachPayload', 'attachment', AttachmentModel, 'The attachment as it stands.');
const DetachPayload = payloadType('DetachPayload', 'attachment', AttachmentModel, 'The attachment as it last stood.');

type Maybe<T> = T | null | undefined;

@Resolver(() => AttachmentModel)
@NotesAttempts()
export class AttachmentsResolver {
  constructor(
    private readonly attachments: AttachmentsService,
    private readonly inventory: VisibleInventory,
  ) {}

  @Query(() => AttachmentConnection, { name: 'attachments', description: 'Attachments, by network and container.' })
  @Requires('networks:read')
  list(@Args() { first, after, orderBy, filter }: AttachmentsArgs): ConnectionOf<Attachment> {
    const request = { limit: first, cursor: after ?? undefined, sort: orderBy ?? undefined };
    return new ConnectionOf(this.attachments.list(filter ?? {}, request));
  }

  @Query(() => AttachmentModel, { name: 'attachment', description: 'An attachment. Fails with ATTACHMENT_NOT_FOUND.' })
  @Requires('networks:read')
  get(@Args('id', { type: () => ID, description: 'Id of the attachment.' }) id: string): Attachment {
    return this.attachments.get(id);
  }

  @Mutation(() => AttachPayload, {
    description: 'Puts a container on a network. May be repeated: an equal attachment that stands is left as it is.',
  })
  @Requires('networks:use')
  async attach(
    @Args('input', { description: 'The attachment.' }) input: AttachInput,
    @Flag('replace', 'Where one stands with other settings, put this in its place.') replace: boolean,
    @Flag('strict', 'Fail with ALREADY_ATTACHED where one stands, even an equal one.') strict: boolean,
    @DryRun() dryRun: boolean,
    @IfMatch() ifMatch: Maybe<string>,
  ) {
    const options = { replace, strict, dryRun, ifMatch: ifMatch ?? undefined };
    return payload('attachment', await this.attachments.attach(input, options));
  }

  @Mutation(() => DetachPayload, { description: 'Takes a container off a network, named by both ends.' })
  @Requires('networks:use')
  async detach(
    @Args('network', { description: 'Id, name or unique id prefix of the network.' }) network: string,
    @Args('container', { description: 'Id, name or unique id prefix of the container.' }) container: string,
    @EngineArg() engine: Maybe<string>,
    @Flag('force', 'Tear the endpoint down although the engine finds it in disorder.') force: boolean,
    @DryRun() dryRun: boolean,
    @IfMatch() ifMatch: Maybe<string>,
  ) {
    const options = { force, dryRun, ifMatch: ifMatch ?? undefined };
    return payload('attachment', await this.attachments.detach({ network, container, engine }, options));
  }

  @Mutation(() => DetachPayload, { description: 'Takes a container off a network; also heals a broken attachment.' })
  @Requires('networks:use')
  async removeAttachment(
    @Args('id', { type: () => ID, description: 'Id of the attachment.' }) id: string,
    @Flag('force', 'Tear the endpoint down although the engine finds it in disorder.') force: boolean,
    @DryRun() dryRun: boolean,
    @IfMatch() ifMatch: Maybe<string>,
  ) {
    const options = { force, dryRun, ifMatch: ifMatch ?? undefined };
    return payload('attachment', await this.attachments.detachById(id, options));
  }

  @Link('Attachment', 'own', () => String, { description: 'Entity tag of this state, for `ifMatch`.' })
  etag(@Parent() attachment: Attachment): string {
    return resourceTag(attachment);
  }

  @Link('Attachment', 'engines:read', () => EngineModel, { description: 'The engine that it is on.' })
  engine(@Parent() attachment: Attachment): Engine {
    return this.inventory.engineOfPast(attachment.engine);
  }

  @Link('Attachment', 'networks:read', () => NetworkModel, { nullable: true, description: 'The network; null where broken or gone.' })
  network(@Parent() { engine, networkId }: Attachment): Network | null {
    return this.inventory.network(engine, networkId ?? '') ?? null;
  }

  @Link('Attachment', 'containers:read', () => ContainerModel, {
    nullable: true,
    description: 'The container; null where it is gone, or a task on an engine that is not known here.',
  })
  container(@Parent() { engine, containerId }: Attachment): Container | null {
    return this.inventory.snapshot(engine).containerById.get(containerId) ?? null;
  }
}
