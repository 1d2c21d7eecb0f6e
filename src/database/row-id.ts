const ROW_ID = /^[0-9a-f-]{36}$/;

/** Whether a text can be the id that a row was given; PostgreSQL takes not every other one for a text at all. */
export function isRowId(text: string): boolean {
  return ROW_ID.test(text);
}
