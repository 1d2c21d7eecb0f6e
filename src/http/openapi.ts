import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { describeParameters } from './openapi-parameters.js';
import { servePublicDocument } from './public-document.js';
import { PAGE_POLICY } from './security-headers.js';

const DESCRIPTION = `Control of container networks: Docker networks, containers and their attachments, on one or more
engines. Reads come from memory and never wait for an engine; writes answer after their change shows in reads.

Everything here can also be done through GraphQL at \`/graphql\`, with the same names, rules and error codes.
Failures are RFC 9457 problem details with a \`code\` for programs.`;

const BEARER = `An API key, or a token (JWT) of an OpenID Connect issuer that the service was told to trust, whose claims are mapped to scopes.
Each operation names the scope that it must have. Tokens are also answered \`503 ISSUER_UNAVAILABLE\` where the keys of their issuer cannot be had.`;

const unfold = (text: string): string => text.replaceAll(/(?<!\n)\n(?!\n)/g, ' ');

/** Draws the OpenAPI document from the controllers. */
export function describeApi(app: NestFastifyApplication, version: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Fairlead')
    .setDescription(unfold(DESCRIPTION))
    .setVersion(version)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'fl_… or JWT', description: unfold(BEARER) })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (_controller, method) => method,
  });
  describeParameters(document);
  return document;
}

/** Serves the document and a page to read and try it with, both without the internet. */
export function serveApiDescription(app: NestFastifyApplication, version: string): void {
  const fastify = app.getHttpAdapter().getInstance();
  let document: OpenAPIObject | undefined;
  const describe = (): OpenAPIObject => (document ??= describeApi(app, version));
  servePublicDocument(fastify, '/openapi.json', describe);
  fastify.addHook('onRoute', (route) => {
    if (!/^\/docs(\/|$)/.test(route.url)) return;
    // It holds no data.
    route.config = { ...route.config, isPublic: true };
    route.onRequest = (_request, reply, done) => {
      void reply.header('content-security-policy', PAGE_POLICY);
      done();
    };
  });
  SwaggerModule.setup('docs', app, describe, {
    // It would be written anew for each who asks, while everybody else waits.
    raw: [],
    customSiteTitle: 'Fairlead · API',
    swaggerOptions: { persistAuthorization: false, displayRequestDuration: true },
  });
}
