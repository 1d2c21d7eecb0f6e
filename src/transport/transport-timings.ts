/** In milliseconds. */
export class TransportTimings {
  /** How often the files of the certificate are looked at. */
  readonly certificateMs: number = 5_000;
}
