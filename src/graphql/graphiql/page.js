import { createClient } from './graphql-ws.js';

const STORED_KEY = 'fairlead-api-key';
const ENDPOINT = '/graphql';

const DEFAULT_QUERY = `# Networks, and what is attached to them. Run it with Ctrl-Enter.
query Networks {
  networks(first: 50) {
    totalCount
    nodes {
      name
      driver
      ipam {
        pools {
          subnet
          gateway
        }
      }
      attachments {
        ipv4Address
        active
        container {
          name
          state
        }
      }
    }
  }
}
`;

let editedHeaders = {};

function authorization() {
  const key = sessionStorage.getItem(STORED_KEY);
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}

const socket = createClient({
  url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${ENDPOINT}`,
  lazy: true,
  connectionParams: () => ({ ...authorization(), ...editedHeaders }),
});

const fetcher = globalThis.GraphiQL.createFetcher({ url: ENDPOINT, wsClient: socket });

function ask(parameters, options = {}) {
  editedHeaders = options.headers ?? {};
  return fetcher(parameters, { ...options, headers: { ...authorization(), ...editedHeaders } });
}

const root = globalThis.ReactDOM.createRoot(document.getElementById('graphiql'));

function render() {
  const key = sessionStorage.getItem(STORED_KEY);
  document.getElementById('key-state').value = key === null ? 'no key yet' : 'kept until this tab is closed';
  root.render(
    globalThis.React.createElement(globalThis.GraphiQL, {
      // A new key is a new start: the schema is fetched again.
      key: key ?? 'none',
      fetcher: ask,
      defaultQuery: DEFAULT_QUERY,
      shouldPersistHeaders: false,
      ...(key === null ? { schema: null } : {}),
    }),
  );
}

document.getElementById('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const box = document.getElementById('key');
  const key = box.value.trim();
  if (key === '') sessionStorage.removeItem(STORED_KEY);
  else sessionStorage.setItem(STORED_KEY, key);
  box.value = '';
  render();
});

render();
