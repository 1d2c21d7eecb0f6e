import { NoSchemaIntrospectionCustomRule, specifiedRules, type GraphQLFormattedError, type ValidationRule } from 'graphql';

/** Rules beside graphql-js' own. */
export function introspectionRules(isAllowed: boolean): readonly ValidationRule[] {
  return isAllowed ? [] : [NoSchemaIntrospectionCustomRule];
}

export function allRules(isIntrospectionAllowed: boolean): readonly ValidationRule[] {
  return [...specifiedRules, ...introspectionRules(isIntrospectionAllowed)];
}

/** graphql-js names what else there is, and so tells the schema to whoever guesses. */
export function withoutSuggestions(error: GraphQLFormattedError): GraphQLFormattedError {
  const { errors, ...extensions } = error.extensions ?? {};
  if (!Array.isArray(errors)) return { ...error, message: cut(error.message) };
  const cutErrors = errors.map((one: { field: string; message: string }) => ({ ...one, message: cut(one.message) }));
  return { ...error, message: cut(error.message), extensions: { ...extensions, errors: cutErrors } };
}

function cut(message: string): string {
  const at = message.lastIndexOf(' Did you mean ');
  return at === -1 || !message.endsWith('?') ? message : message.slice(0, at);
}
