/** Of the server that reads requests. Answers may take as long as they do: streams are without end. */
export const HTTP_LIMITS = {
  maxHeaderSize: 16 * 1024,
  /** To send the headers; counts from the connection's first moment. */
  headersTimeout: 10_000,
  /** How soon it is seen that the time is over. */
  connectionsCheckingInterval: 2_000,
} as const;
