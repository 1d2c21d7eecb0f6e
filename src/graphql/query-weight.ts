import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
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

export interface Weight {
  /** Fields below each other. */
  readonly depth: number;
  /** Values that the answer may hold: what is inside a list counts once for each expected entry. */
  readonly values: number;
}

/** Entries expected in a list that has no `first`. */
const USUAL_LIST = 10;
const USUAL_PAGE = 50;
const LONGEST_PAGE = 500;
const NOTHING: Weight = { depth: 0, values: 0 };

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
  ) {}

  weigh(operation: OperationDefinitionNode): Weight {
    const root = this.schema.getRootType(operation.operation);
    return root ? this.selections(operation.selectionSet, root) : NOTHING;
  }

  private selections(set: SelectionSetNode, parent: GraphQLNamedType): Weight {
    return set.selections
      .map((selection) => this.selection(selection, parent))
      .reduce(
        (sum, one) => ({ depth: Math.max(sum.depth, one.depth), values: sum.values + one.values }),
        NOTHING,
      );
  }

  private selection(selection: SelectionNode, parent: GraphQLNamedType): Weight {
    switch (selection.kind) {
      case Kind.FIELD:
        return this.field(selection, parent);
      case Kind.FRAGMENT_SPREAD:
        return this.fragment(selection.name.value);
      case Kind.INLINE_FRAGMENT: {
        const named = selection.typeCondition && this.schema.getType(selection.typeCondition.name.value);
        return this.selections(selection.selectionSet, named ?? parent);
      }
    }
  }

  private fragment(name: string): Weight {
    const known = this.fragments.get(name);
    if (known !== undefined) return known;
    const definition = this.definitions.get(name);
    const type = definition && this.schema.getType(definition.typeCondition.name.value);
    const weight = definition && type ? this.selections(definition.selectionSet, type) : NOTHING;
    this.fragments.set(name, weight);
    return weight;
  }

  private field(node: FieldNode, parent: GraphQLNamedType): Weight {
    const hasFields = isObjectType(parent) || isInterfaceType(parent);
    const field = hasFields ? parent.getFields()[node.name.value] : undefined;
    // Introspection is limited by graphql-js itself.
    if (field === undefined) return { depth: 1, values: 1 };
    const type = getNamedType(field.type);
    const inner =
      node.selectionSet && isCompositeType(type) ? this.selections(node.selectionSet, type) : NOTHING;
    const entries = this.entries(node, field, parent);
    return { depth: inner.depth + 1, values: entries * (inner.values + 1) };
  }

  private entries(node: FieldNode, field: GraphQLField<unknown, unknown>, parent: GraphQLNamedType): number {
    if (field.args.some(({ name }) => name === 'first')) return this.pageSize(node);
    // The page size was counted where the connection stands.
    if (parent.name.endsWith('Connection')) return 1;
    return isListType(getNullableType(field.type)) ? USUAL_LIST : 1;
  }

  private pageSize(node: FieldNode): number {
    const value = node.arguments?.find(({ name }) => name.value === 'first')?.value;
    if (value === undefined) return USUAL_PAGE;
    const size = value.kind === Kind.VARIABLE ? this.variables[value.name.value] : literalSize(value);
    if (size === undefined || size === null) return USUAL_PAGE;
    return typeof size === 'number' && size >= 1 && size <= LONGEST_PAGE ? size : LONGEST_PAGE;
  }
}

function literalSize(value: ValueNode): number | undefined {
  return value.kind === Kind.INT ? Number(value.value) : undefined;
}
