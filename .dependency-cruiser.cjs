/**
 * Who may import whom: docs of the house, as a machine check (`npm run rooms`).
 * The linter adds what imports alone do not show: process.env, forwardRef, Nest's HTTP exceptions.
 */

/** What every feature room may lean on: the picture, the words, the port, and the kits that faces are built with. */
const FOUNDATION = ['config', 'sight', 'errors', 'database', 'events', 'resources', 'logging', 'inventory', 'docker', 'auth', 'faces', 'http', 'limits', 'graphql'];

/** Room -> the rooms that it may import. A room that is not listed may import none. */
const ROOMS = {
  // Leaves.
  errors: [],
  config: [],
  secrets: ['config', 'errors'],
  resources: [],
  events: ['resources'],
  sight: [],
  // Kits.
  logging: ['config'],
  faces: ['resources', 'errors'],
  auth: ['sight', 'config', 'errors', 'resources', 'logging', 'secrets'],
  http: ['sight', 'config', 'errors', 'resources', 'logging', 'faces', 'auth', 'inventory'],
  transport: ['config', 'errors', 'http'],
  limits: ['config', 'errors', 'database', 'auth', 'http'],
  graphql: ['sight', 'config', 'errors', 'resources', 'logging', 'faces', 'auth', 'inventory', 'events', 'http', 'transport', 'limits'],
  // What must survive a restart.
  database: ['config', 'errors'],
  // The way in and out of engines.
  docker: ['config', 'errors', 'resources', 'logging'],
  inventory: ['sight', 'config', 'errors', 'database', 'resources', 'events', 'docker', 'logging'],
  watcher: ['config', 'errors', 'resources', 'events', 'docker', 'inventory', 'logging'],
  // The way out to whom callers name.
  outgoing: ['config', 'docker'],
  // Features.
  engines: [...FOUNDATION, 'event-log', 'secrets'],
  networks: [...FOUNDATION, 'attachments'],
  containers: [...FOUNDATION, 'attachments'],
  swarms: FOUNDATION,
  services: FOUNDATION,
  attachments: [...FOUNDATION, 'networks', 'containers'],
  'event-log': FOUNDATION,
  'api-keys': [...FOUNDATION, 'secrets'],
  outbox: ['database', 'events', 'event-log', 'outgoing', 'sight'],
  webhooks: [...FOUNDATION, 'event-log', 'secrets', 'outgoing', 'outbox'],
  deliveries: [...FOUNDATION, 'event-log', 'outgoing', 'outbox', 'webhooks'],
  audit: [...FOUNDATION, 'secrets'],
  idempotency: [...FOUNDATION, 'secrets'],
  health: FOUNDATION,
  metrics: [...FOUNDATION, 'event-log', 'deliveries', 'transport'],
};

const allRooms = Object.keys(ROOMS).join('|');

/** Files that speak to callers. Whatever else is in a room is service or domain. */
const FACE = '[.](controller|resolver|model|inputs|queries|args|module|scalar|enums?)[.]ts$';

const roomRules = Object.entries(ROOMS).map(([room, allowed]) => ({
  name: `room-${room}`,
  comment: `${room}/ may import ${allowed.length === 0 ? 'no other room' : allowed.join(', ')}.`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/[^/]+/', pathNot: `^src/(${[room, ...allowed].join('|')})/` },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: '1-dockerode-only-in-docker',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/docker/' },
      to: { path: '(^|node_modules/)(@types/)?dockerode' },
    },
    {
      name: '1-ssh2-only-in-docker',
      comment: 'But for reading private keys, which settings and callers give.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/docker/|^src/config/credentials[.]ts$' },
      to: { path: '(^|node_modules/)(@types/)?ssh2' },
    },
    {
      name: '1-adapter-is-private',
      comment: 'Others see the gateway, its inputs and what it observes: never the adapter, its mappers or error tables.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/docker/' },
      to: { path: '^src/docker/((errors|transport|podman)/|dockerode|docker-events|engine-(json|client|answer)|[^/]+[.]mapper[.]ts$)' },
    },
    {
      name: '2-query-library-only-in-repositories',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/database/|[.]repository[.]ts$' },
      to: { path: '(^|node_modules/)(@types/)?(kysely|pg|node:sqlite|sqlite)(/|$)' },
    },
    {
      name: '4-domain-knows-no-transport',
      severity: 'error',
      from: {
        path: '^src/(errors|events|config|sight|secrets|resources|docker|inventory|watcher|engines|networks|containers|attachments|swarms|services|event-log|api-keys|outgoing|outbox|webhooks|deliveries)/',
        pathNot: FACE,
      },
      to: { path: '(^|node_modules/)(@nestjs/(swagger|graphql|apollo|platform-)|@apollo/|graphql(/|$)|graphql-ws|fastify|@fastify/|ws/)' },
    },
    {
      name: '4-domain-knows-no-face',
      comment: 'A service takes inputs and gives resources; controllers, resolvers and the kits of faces are above it.',
      severity: 'error',
      from: {
        path: '^src/(engines|networks|containers|attachments|swarms|services|event-log|api-keys|outgoing|outbox|webhooks|deliveries)/',
        pathNot: FACE,
      },
      to: { path: '^src/(http|graphql|faces)/|[.](controller|resolver)[.]ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: '5-face-asks-its-service',
      comment: 'A method of a face parses, calls one service, returns: nothing below the service is its business.',
      severity: 'error',
      from: { path: '^src/[^/]+/[^/]+[.](controller|resolver)[.]ts$' },
      to: { path: '^src/(docker|watcher|database)/|[.](repository|gateway)[.]ts$' },
    },
    {
      name: '6-attachment-rules-only',
      comment: 'Networks and containers see of attachments only the pure rules, and models where GraphQL types refer to each other.',
      severity: 'error',
      from: { path: '^src/(networks|containers)/' },
      to: { path: '^src/attachments/', pathNot: '^src/attachments/(attachment[.]rules|[^/]+[.]model)[.]ts$' },
    },
    {
      name: '6-exported-services-only',
      severity: 'error',
      from: { path: '^src/attachments/' },
      to: { path: '^src/(networks|containers)/', pathNot: '[.](service|module|model)[.]ts$' },
    },
    {
      name: '7-nobody-imports-the-watcher',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/watcher/|^src/app[.]module[.]ts$' },
      to: { path: '^src/watcher/' },
    },
    {
      name: '8-src-never-imports-tests-or-scripts',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|bench)/' },
    },
    {
      name: '9-no-barrels-no-drawers',
      comment: 'No index files, and no utils, helpers, common or manager: name the thing.',
      severity: 'error',
      from: {},
      to: {
        path: [
          '/index[.]ts$',
          '/(util|utils|helper|helpers|common|manager|managers)[/.]',
          '[.-](util|utils|helper|helpers|common|manager|managers)[.]ts$',
        ],
        pathNot: 'node_modules',
      },
    },
    {
      name: 'rooms-are-known',
      comment: 'A new room is added to the table above, with the rooms that it may import.',
      severity: 'error',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: `^src/(${allRooms})/` },
    },
    {
      name: 'two-levels',
      severity: 'error',
      from: {},
      to: { path: '^src/[^/]+/[^/]+/[^/]+/' },
    },
    {
      name: 'no-circles',
      comment: 'Types may refer to each other (GraphQL types do); values may not.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'only-runtime-packages',
      comment: 'What the service imports must be in dependencies: the image has no others.',
      severity: 'error',
      from: { path: '^src/', pathNot: '[.]spec[.]ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      comment: 'What the browser loads by URL is no module of ours.',
      severity: 'error',
      from: { pathNot: '^src/graphql/graphiql/' },
      to: { couldNotResolve: true },
    },
    ...roomRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
