import { Injectable } from '@nestjs/common';
import type { ServiceChanges, ServiceSpec } from '../docker/swarm.gateway.js';
import { attempt } from '../inventory/attempt.js';
import type { Outcome, WriteOptions } from '../inventory/outcome.js';
import { SwarmReferences, type InSwarm } from '../inventory/swarm-references.js';
import type { Service } from '../resources/swarm.js';
import { ServiceCommands, type CallersOptions } from './service.commands.js';
import { isAsAsked } from './service.rules.js';

/** Carries out what changes services, or finds out what became of an earlier try. */
@Injectable()
export class ServiceAttempts {
  constructor(
    private readonly references: SwarmReferences,
    private readonly commands: ServiceCommands,
  ) {}

  create(plan: () => { swarmId: string; spec: ServiceSpec }, options: CallersOptions): Promise<Outcome<Service>> {
    return attempt({
      dryRun: options.dryRun,
      begin: () => {
        const { swarmId, spec } = plan();
        const { services } = this.references.swarm(swarmId).view;
        return { swarmId, spec, namesake: services.find(({ name }) => name === spec.name)?.id ?? null };
      },
      act: ({ swarmId, spec }) => this.commands.create(swarmId, spec, options),
      inspect: ({ swarmId, spec, namesake }) =>
        this.commands.look(swarmId, ({ services }) => {
          const made = services.find(({ id, name }) => name === spec.name && id !== namesake);
          if (made !== undefined && isAsAsked(spec, made)) return done(made);
          return { is: 'undone', detail: `The swarm has no service "${spec.name}" that it could have made.` } as const;
        }),
    });
  }

  update(find: () => InSwarm<Service>, change: (standing: InSwarm<Service>) => ServiceChanges, options: CallersOptions): Promise<Outcome<Service>> {
    return attempt({
      dryRun: options.dryRun,
      begin: () => {
        const found = find();
        const { view, resource } = found;
        return { swarmId: view.swarm.id, id: resource.id, name: resource.name, changes: change(found) };
      },
      act: ({ id }) => this.commands.update(this.references.service(id), change, options),
      inspect: ({ swarmId, id, name, changes }) =>
        this.commands.look(swarmId, ({ services }) => {
          const standing = services.find((service) => service.id === id);
          if (standing !== undefined && isAsAsked(changes, standing)) return done(standing);
          return { is: 'undone', detail: `Service ${name} is not as it was to be.` } as const;
        }),
    });
  }

  remove(find: () => InSwarm<Service>, options: WriteOptions): Promise<Outcome<Service>> {
    return attempt({
      dryRun: options.dryRun,
      begin: () => {
        const { view, resource } = find();
        return { swarmId: view.swarm.id, service: resource };
      },
      act: ({ service }) => this.commands.remove(this.references.service(service.id), options),
      inspect: ({ swarmId, service }) =>
        this.commands.look(swarmId, ({ services }) =>
          services.some(({ id }) => id === service.id)
            ? ({ is: 'undone', detail: `Service ${service.name} stands.` } as const)
            : done(service),
        ),
    });
  }
}

function done(resource: Service): { readonly is: 'done'; readonly answer: Outcome<Service> } {
  return { is: 'done', answer: { resource, changed: true, warnings: [] } };
}
