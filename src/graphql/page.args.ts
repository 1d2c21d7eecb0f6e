import { ArgsType, Field, Int } from '@nestjs/graphql';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

/** What every top-level list takes; a room's own class extends it with `filter`. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, { defaultValue: 50, description: 'Items on the page, 1 to 500.' })
  @IsInt()
  @Min(1)
  @Max(500)
  first: number = 50;

  @Field(() => String, { nullable: true, description: 'Cursor of the item after which the page begins.' })
  @IsOptional()
  @IsString()
  @MaxLength(4096)
  after?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Fields to order by, comma separated, each with `-` before it for descending order; then by id.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  orderBy?: string | null;
}
