const IN_VARIABLE = /^(?<variable>Variable "\$\w+") got invalid value (?<shown>.*); (?<fault>(?:Expected|Field|Exactly|String|Int|Float|Boolean|ID|Enum|Value|DateTime)\b.*)$/s;

/**
 * What graphql-js says of a mistake, without the value that it repeats: that is a whole input at times, with the
 * passwords in it, and who reads the log of a caller need not see them.
 */
export function withoutValues(message: string): string {
  if (!message.includes(' got invalid value ')) return faultWithoutValue(message);
  const { variable, shown = '', fault } = IN_VARIABLE.exec(message)?.groups ?? {};
  if (variable === undefined || fault === undefined) return 'A variable got an invalid value.';
  return `${variable} got an invalid value${/ at "[^"]+"$/.exec(shown)?.[0] ?? ''}; ${faultWithoutValue(fault)}`;
}

function faultWithoutValue(fault: string): string {
  return fault
    // String cannot represent a non string value: 12345
    .replace(/^((?:String|Int|Float|Boolean|ID) cannot represent [\w\s-]+): .*$/s, '$1')
    // Expected value of type "EngineSshInput", found "…".
    .replace(/^(Expected value of type "[^"]+"), found .*$/s, '$1.')
    // Syntax Error: Expected Name, found String "…".
    .replace(/^(Syntax Error: .*?(?:found|Unexpected) (?:String|BlockString|Int|Float)) .*$/s, '$1.');
}
