const ATTACHMENT = `
  id networkId networkName containerId containerName active endpointId ipv4Address ipv4PrefixLength ipv6Address
  ipv6PrefixLength macAddress gateway ipv6Gateway aliases dnsNames links driverOptions { key value } gatewayPriority
  broken`;

const CONTAINER = `
  id name image imageId command state exitCode health labels { key value } hostname networkMode
  dns { servers search options } extraHosts exposedPorts
  publishedPorts { containerPort protocol hostAddress hostPort } links createdAt startedAt`;

/** Every field of every network, attachment and container that REST shows. */
export const EVERYTHING = `{
  networks(first: 500) {
    totalCount
    nodes {
      id engineId name driver scope builtin internal attachable ingress configOnly configFrom ipv4Enabled ipv6Enabled
      ipam {
        driver options { key value }
        pools { subnet ipRange gateway auxiliaryAddresses { key value } usage { capacity inUse free } }
      }
      options { key value } labels { key value } createdAt notes attachmentCount
      attachments { ${ATTACHMENT} container { ${CONTAINER} } }
    }
  }
}`;

/** What a map of the networks needs: who is where, under which address. */
export const MAP = `{
  networks(first: 500) {
    nodes { id name driver ipam { pools { subnet } } attachments { ipv4Address container { id name image state } } }
  }
}`;
