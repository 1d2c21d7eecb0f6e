import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known of the request that the running code serves. */
export interface RequestContext {
  readonly requestId: string;
  /** Name of the key that it is asked with; absent while that is not known. */
  readonly keyName?: string | undefined;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Everything that `work` starts, now or later, belongs to this request. */
export function inRequest<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

export function currentRequest(): RequestContext | undefined {
  return storage.getStore();
}

export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId;
}
