import { IntegerQuery, TextQuery } from './query.decorators.js';

/** What every list takes; a room's own query class extends it with filters. */
export class PageQuery {
  @IntegerQuery({ min: 1, max: 500, default: 50, description: 'Items on one page.', example: 50 })
  limit: number = 50;

  @TextQuery({ maxLength: 4096, description: '`nextCursor` of the page before.' })
  cursor?: string;

  @TextQuery({
    description:
      'Fields to order by, comma separated, each with `-` before it for descending order; then by id.',
    example: 'name',
  })
  sort?: string;
}
