import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

/** What the processes on one database have counted, by minutes. */
@Injectable()
export class RateCountsRepository {
  constructor(private readonly database: Database) {}

  /** In place of what the process told of the minute before. What is older than a minute nobody asks for any more. */
  async tell(process: string, minute: number, counts: ReadonlyMap<string, number>): Promise<void> {
    const rows = [...counts].map(([subject, count]) => ({ minute, subject, process, count }));
    await this.database.write(async (transaction) => {
      await transaction.deleteFrom('rate_counts').where('minute', '<', minute - 1).execute();
      await transaction
        .insertInto('rate_counts')
        .values(rows)
        .onConflict((conflict) =>
          conflict.columns(['minute', 'subject', 'process']).doUpdateSet((builder) => ({ count: builder.ref('excluded.count') })),
        )
        .execute();
    });
  }

  /** What all others have counted. */
  async ofOthers(process: string, minute: number): Promise<ReadonlyMap<string, number>> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('rate_counts')
        .select((builder) => ['subject', builder.fn.sum<number | string>('count').as('count')])
        .where('minute', '=', minute)
        .where('process', '!=', process)
        .groupBy('subject')
        .execute(),
    );
    return new Map(rows.map(({ subject, count }) => [subject, Number(count)]));
  }
}
