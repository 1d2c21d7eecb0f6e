import { Field, InputType, ObjectType } from '@nestjs/graphql';

/** GraphQL has no maps: labels and options are lists of these there. */
@ObjectType({ description: 'One entry of a map, such as a label.' })
export class KeyValue {
  @Field(() => String, { description: 'The name of the entry; unique within its map.' })
  key!: string;

  @Field(() => String, { description: 'The value of the entry; may be empty.' })
  value!: string;
}

@InputType({ description: 'One entry of a map, such as a label.' })
export class KeyValueInput {
  @Field(() => String, { description: 'The name of the entry; not empty, and given once only.' })
  key!: string;

  @Field(() => String, { description: 'The value of the entry; may be empty.' })
  value!: string;
}
