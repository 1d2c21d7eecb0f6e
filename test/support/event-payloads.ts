import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';

/** Checks CloudEvents against the payload that an AsyncAPI document describes for their type; answers what is wrong. */
export function payloadValidator(document: object): (type: string, payload: unknown) => string[] {
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajvFormats.default(ajv);
  ajv.addSchema(document, 'asyncapi');
  return (type, payload) => {
    const validate = ajv.getSchema(`asyncapi#/components/schemas/${type}`);
    if (validate === undefined) return [`there is no schema for ${type}`];
    return validate(payload) === true ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}
