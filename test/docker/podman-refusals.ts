import type { EngineOperation } from '../../src/docker/errors/engine-refusal.js';
import type { ErrorCode } from '../../src/errors/error-codes.js';

const ID = 'efc0333a7b12ecf88b48bccac876d5f2d0669f8aba4c85ff1ba4e4a5a5b0c069';

/** Wordings of Podman 4.3, as a Podman that ran here used them; only that of the empty pools of subnets is taken from its source. */
export const PODMAN_ROWS: readonly (readonly [
  row: string,
  operation: EngineOperation,
  status: number,
  message: string,
  code: ErrorCode,
])[] = [
  ['', 'network.create', 500, 'network name n1 already used: network already exists', 'NETWORK_NAME_TAKEN'],
  ['', 'network.create', 500, 'network name a b invalid: names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument', 'VALIDATION_FAILED'],
  ['', 'network.create', 500, 'subnet 10.50.0.0/24 is already used on the host or by another config', 'SUBNET_OVERLAP'],
  ['', 'network.create', 500, 'could not find free subnet from subnet pools', 'ADDRESS_POOL_EXHAUSTED'],
  ['', 'network.create', 500, 'unsupported driver nix: invalid argument', 'UNKNOWN_DRIVER'],
  ['', 'network.create', 500, 'gateway 10.53.0.1 not in subnet 10.52.0.0/24', 'GATEWAY_OUTSIDE_SUBNET'],
  ['', 'network.create', 500, 'parent interface nix does not exist', 'INVALID_DRIVER_OPTION'],
  ['', 'network.create', 500, 'bridge name br-foo already in use', 'BRIDGE_NAME_IN_USE'],
  ['', 'network.inspect', 404, 'unable to find network with name or ID nope: network not found', 'NETWORK_NOT_FOUND'],
  ['', 'network.remove', 404, 'network not found', 'NETWORK_NOT_FOUND'],
  ['', 'network.remove', 500, 'default network podman cannot be removed', 'NETWORK_BUILTIN'],
  ['', 'network.remove', 500, '"n2" has associated containers with it. Use -f to forcibly delete containers and pods: network is being used', 'NETWORK_IN_USE'],
  ['', 'attach', 500, `container ${ID} is already connected to network "n2": network is already connected`, 'ALREADY_ATTACHED'],
  ['', 'attach', 500, 'requested static ip 10.99.0.50 not in any subnet on network n9', 'ADDRESS_OUTSIDE_SUBNET'],
  ['', 'attach', 500, `IPAM error: requested ip address 10.89.0.50 is already allocated to container ID ${ID}`, 'ADDRESS_IN_USE'],
  ['', 'attach', 500, 'IPAM error: failed to find free IP in range: 10.60.0.1 - 10.60.0.2', 'ADDRESS_POOL_EXHAUSTED'],
  ['', 'attach', 500, 'failed to parse the ipv4 address "foo"', 'VALIDATION_FAILED'],
  ['', 'attach', 404, 'no container with name or ID "zz" found: no such container', 'CONTAINER_NOT_FOUND'],
  ['', 'attach', 404, 'unable to find network with name or ID zz: network not found', 'NETWORK_NOT_FOUND'],
  ['', 'attach', 500, '"" is not supported: invalid network mode', 'ATTACHMENT_IMPOSSIBLE'],
  ['', 'detach', 500, 'container c2 is not connected to network n9', 'ATTACHMENT_NOT_FOUND'],
  ['', 'container.create', 404, 'no such image: docker.io/library/nopeimage: image not known', 'IMAGE_NOT_FOUND'],
  ['', 'container.create', 500, 'container create: unable to find network with name or ID nope: network not found', 'NETWORK_NOT_FOUND'],
  ['', 'container.create', 500, `container create: creating container storage: the container name "c2" is already in use by ${ID}. You have to remove that container to be able to reuse that name: that name is already in use`, 'CONTAINER_NAME_TAKEN'],
  ['', 'container.start', 500, 'runc: runc create failed: unable to start container process: exec: "nopecmd": executable file not found in $PATH: OCI runtime attempted to invoke a command that was not found', 'VALIDATION_FAILED'],
  ['', 'container.start', 500, 'cannot listen on the TCP port: listen tcp4 :18081: bind: address already in use', 'PORT_IN_USE'],
  ['', 'container.start', 404, `no container with name or ID "${ID}" found: no such container`, 'CONTAINER_NOT_FOUND'],
  ['', 'container.pause', 500, `"${ID}" is already paused: container state improper`, 'CONTAINER_STATE'],
  ['', 'container.remove', 500, `cannot remove container ${ID} as it is running - running or paused containers cannot be removed without force: container state improper`, 'CONTAINER_STATE'],
  ['', 'container.list', 500, 'network inspection mismatch: asked to join 2 network(s) map[ph:{[10.99.0.50] [cf4c065e98b7] [] eth1} podman:{[] [cf4c065e98b7] [] eth0}], but have information on 1 network(s): internal libpod error', 'ENGINE_ERROR'],
  ['', 'container.remove', 500, `container ${ID} has dependent containers which must be removed before it: ${ID}: container already exists`, 'CONTAINER_STATE'],
];
