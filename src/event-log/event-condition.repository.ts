import { sql, type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import type { Dialect } from '../database/dialect.js';
import type { Schema } from '../database/schema.js';
import { labelLine, matchingTypes, type EventFilter } from './event-filter.js';
import { sightRule } from './event-sight.js';
import type { EventView } from './event-view.js';

type Builder = ExpressionBuilder<Schema, 'events'>;
type Condition = Expression<SqlBool>;

/** The same that `eventTest` tests, in SQL. */
export function eventCondition(dialect: Dialect, { filter, sight }: EventView): (builder: Builder) => Condition {
  const seen = sight.isWhole ? () => [] : (builder: Builder) => sightConditions(builder, dialect, sight);
  return (builder) => builder.and([...seen(builder), ...filterConditions(builder, dialect, filter)]);
}

/** As `sightTest`. */
function sightConditions(builder: Builder, dialect: Dialect, sight: EventView['sight']): Condition[] {
  const { engines, ends, lines } = sightRule(sight);
  const column = { networkLabels: 'network_labels', containerLabels: 'container_labels' } as const;
  return [
    engines.length === 0 ? builder('engine', 'is not', null) : builder('engine', 'in', engines),
    ...ends.map(({ types, end }) => {
      const text = sql.ref<string>(column[end]);
      const rules = lines.map((rule) => {
        const found = builder.or(rule.lines.map((line) => dialect.contains(text, line)));
        return rule.areWanted ? found : builder.not(found);
      });
      return builder.or([builder('type', 'not in', types), builder.and([builder(column[end], 'is not', null), ...rules])]);
    }),
  ];
}

/** As `filterTest`. */
function filterConditions(builder: Builder, dialect: Dialect, filter: EventFilter): Condition[] {
  const { types = [], engines = [], networks = [], containers = [], labels = [], origins = [] } = filter;
  const all: Condition[] = labels.map(labelLine).map((line) => dialect.contains(sql.ref('labels'), line));
  const among = (column: 'engine' | 'type' | 'origin', values: readonly string[]): Condition =>
    values.length === 0 ? builder.lit(false) : builder(column, 'in', values);
  if (types.length > 0) all.push(among('type', matchingTypes(types)));
  if (engines.length > 0) all.push(among('engine', engines));
  if (origins.length > 0) all.push(among('origin', origins));
  if (networks.length > 0) {
    all.push(builder.or([builder('network_id', 'in', networks), builder('network_name', 'in', networks)]));
  }
  if (containers.length > 0) {
    all.push(builder.or([builder('container_id', 'in', containers), builder('container_name', 'in', containers)]));
  }
  return all;
}
