import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import type { ListSize } from './list-sizes.js';

export interface Weight {
  /** Fields below each other. */
  readonly depth: number;
  /** Values that the answer may hold: what is inside a list counts once for each expected entry. */
  readonly values: number;
  /** Fields that are given another name, so as to ask for them more than once. */
  readonly aliases: number;
}

/** Fields of a type, arguments of a field: most have fewer. */
const USUAL_TYPE_LIST = 4;
/** So much heavier is what tells of the schema: all of it may be asked for twice in a query. */
const SCHEMA_FACTOR = 5;
const USUAL_PAGE = 50;
const LONGEST_PAGE = 500;
const NOTHING: Weight = { depth: 0, values: 0, aliases: 0 };

/**
 * How much a valid operation asks for, known before it runs. Each fragment is weighed once, so that fragments which
 * spread each other many times over cost no time here.
 */
export class QueryScales {
  private readonly fragments = new Map<string, Weight>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly definitions: ReadonlyMap<string, FragmentDefinitionNode>,
    private readonly variables: Readonly<Record<string, unknown>>,
    private readonly listSize: ListSize,
  ) {}

  weigh(operation: OperationDefinitionNode): Weight {
    const root = this.schema.getRootType(operation.operation);
    return root ? this.selections(operation.selectionSet, root, 1) : NOTHING;
  }

  /** Of one parent of so many that are surely different ones. */
  private selections(set: SelectionSetNode, parent: GraphQLNamedType, parents: number): Weight {
    return set.selections
      .map((selection) => this.selection(selection, parent, parents))
      .reduce(
        (sum, one) => ({
          depth: Math.max(sum.depth, one.depth),
          values: sum.values + one.values,
          aliases: sum.aliases + one.aliases,
        }),
        NOTHING,
      );
  }

  private selection(selection: SelectionNode, parent: GraphQLNamedType, parents: number): Weight {
    switch (selection.kind) {
      case Kind.FIELD:
        return this.field(selection, parent, parents);
      case Kind.FRAGMENT_SPREAD:
        return this.fragment(selection.name.value, parents);
      case Kind.INLINE_FRAGMENT: {
        const named = selection.typeCondition && this.schema.getType(selection.typeCondition.name.value);
        return this.selections(selection.selectionSet, named ?? parent, parents);
      }
    }
  }

  private fragment(name: string, parents: number): Weight {
    const key = `${name} ${parents}`;
    const known = this.fragments.get(key);
    if (known !== undefined) return known;
    const definition = this.definitions.get(name);
    const type = definition && this.schema.getType(definition.typeCondition.name.value);
    const weight = definition && type ? this.selections(definition.selectionSet, type, parents) : NOTHING;
    this.fragments.set(key, weight);
    return weight;
  }

  private field(node: FieldNode, parent: GraphQLNamedType, parents: number): Weight {
    const aliases = node.alias === undefined ? 0 : 1;
    const field = this.definition(node, parent);
    if (field === undefined) return { depth: 1, values: 1, aliases };
    const type = getNamedType(field.type);
    const entries = this.entries(node, field, parent, parents);
    const inner =
      node.selectionSet && isCompositeType(type)
        ? this.selections(node.selectionSet, type, differentOnes(parent, type, parents, entries))
        : NOTHING;
    // How deep introspection may go graphql-js says itself.
    const isSchema = field === SchemaMetaFieldDef || field === TypeMetaFieldDef;
    const depth = isSchema ? 1 : inner.depth + 1;
    const values = entries * (inner.values + 1) * (isSchema ? SCHEMA_FACTOR : 1);
    return { depth, values, aliases: aliases + inner.aliases };
  }

  private definition(node: FieldNode, parent: GraphQLNamedType): GraphQLField<unknown, unknown> | undefined {
    if (node.name.value === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (node.name.value === TypeMetaFieldDef.name) return TypeMetaFieldDef;
    return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
  }

  private entries(node: FieldNode, field: GraphQLField<unknown, unknown>, parent: GraphQLNamedType, parents: number): number {
    if (field.args.some(({ name }) => name === 'first')) return this.pageSize(node);
    if (parent.name === '__Schema' && field.name === 'types') return Object.keys(this.schema.getTypeMap()).length;
    if (parent.name.startsWith('__')) return isListType(getNullableType(field.type)) ? USUAL_TYPE_LIST : 1;
    // The page size was counted where the connection stands.
    if (parent.name.endsWith('Connection')) return 1;
    return isListType(getNullableType(field.type)) ? this.listSize(parent.name, field.name, parents) : 1;
  }

  private pageSize(node: FieldNode): number {
    const value = node.arguments?.find(({ name }) => name.value === 'first')?.value;
    if (value === undefined) return USUAL_PAGE;
    const size = value.kind === Kind.VARIABLE ? this.variables[value.name.value] : literalSize(value);
    if (size === undefined || size === null) return USUAL_PAGE;
    return typeof size === 'number' && size >= 1 && size <= LONGEST_PAGE ? size : LONGEST_PAGE;
  }
}

/** Those on a page are; of what links lead to, each may be the same again. */
function differentOnes(parent: GraphQLNamedType, type: GraphQLNamedType, parents: number, entries: number): number {
  if (type.name.endsWith('Connection')) return entries;
  return /(?:Connection|Edge)$/.test(parent.name) ? parents : 1;
}

function literalSize(value: ValueNode): number | undefined {
  return value.kind === Kind.INT ? Number(value.value) : undefined;
}
