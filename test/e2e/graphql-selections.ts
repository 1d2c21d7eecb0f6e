/** Every field that REST shows. A fragment's name is always followed by a space, by which it is found. */
export const NETWORK = '{ ...network }';
export const ATTACHMENT = '{ ...attachment }';
export const CONTAINER = '{ ...container }';
export const ENGINE = '{ ...engine }';
export const SWARM = '{ ...swarm }';
export const NODE = '{ ...node }';
export const SERVICE = '{ ...service }';
export const TASK = '{ ...task }';
export const EVENT = '{ ...event }';

const fragment = (name: string, type: string, fields: string) => ({ name, text: `fragment ${name} on ${type} { ${fields} }` });

export const FRAGMENTS = [
  fragment(
    'network',
    'Network',
    `etag id engineId name engines { name } driver scope builtin internal attachable ingress configOnly configFrom
     ipv4Enabled ipv6Enabled createdAt notes attachmentCount options { key value } labels { key value }
     ipam {
       driver options { key value }
       pools { subnet ipRange gateway auxiliaryAddresses { key value } usage { capacity inUse free } }
     }`,
  ),
  fragment(
    'attachment',
    'Attachment',
    `etag id engine { name } networkId networkName containerId containerName active endpointId
     ipv4Address ipv4PrefixLength ipv6Address ipv6PrefixLength macAddress gateway ipv6Gateway
     aliases dnsNames links driverOptions { key value } gatewayPriority defaultRoute broken`,
  ),
  fragment(
    'container',
    'Container',
    `etag id name engine { name } image imageId command state exitCode health labels { key value } hostname networkMode sharesNetworkOf { id }
     dns { servers search options } extraHosts exposedPorts
     publishedPorts { containerPort protocol hostAddress hostPort hostPortRange } links createdAt startedAt
     attachments { ...attachment }`,
  ),
  fragment(
    'engine',
    'Engine',
    `etag name state syncedAt version apiVersion platform { name os architecture kernelVersion }
     networkDrivers ipamDrivers swarmRole swarmProblem problem endpoint source tls credentials hostKeys counts { networks containers runningContainers attachments }`,
  ),
  fragment(
    'swarm',
    'Swarm',
    `etag id engines { name } managers nodeCount readyNodeCount serviceCount defaultAddressPools subnetSize dataPathPort problem staleSince createdAt`,
  ),
  fragment(
    'node',
    'SwarmNode',
    `etag id swarmId name engine { name } role leader reachability availability state message address managerAddress engineVersion
     labels { key value } taskCount createdAt updatedAt`,
  ),
  fragment(
    'service',
    'Service',
    `etag id swarmId name image imageDigest command mode replicas runningTasks networks { networkId networkName aliases } endpointMode
     virtualAddresses { networkId networkName address prefixLength }
     publishedPorts { targetPort protocol publishedPort publishMode }
     labels { key value } updateState updateMessage notes createdAt updatedAt`,
  ),
  fragment(
    'task',
    'Task',
    `etag id swarmId name serviceId serviceName slot nodeId engine { name } state desiredState message error containerId
     addresses { networkId networkName address prefixLength } createdAt updatedAt`,
  ),
  fragment(
    'event',
    'Event',
    `cursor id type engine time recordedAt origin subject { kind id name } stateExact
     network { ...network } container { ...container } attachment { ...attachment }
     previous { field json } gap { gapId reason from } engineEvent { type action attributes { key value } } cause { requestId keyName }`,
  ),
];
