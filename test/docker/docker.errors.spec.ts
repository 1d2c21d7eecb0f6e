import { describe, expect, it } from 'vitest';
import { REFUSAL_RULES, toDomainError } from '../../src/docker/errors/docker.errors.js';
import type { EngineOperation } from '../../src/docker/errors/engine-refusal.js';
import { ERROR_CODES, type ErrorCode } from '../../src/errors/error-codes.js';
import { PODMAN_ROWS } from './podman-refusals.js';

type Row = readonly [row: string, operation: EngineOperation, status: number, message: string, code: ErrorCode];

const ID = 'c6f64ad534966760b4b67c0f08b04f2411dad90e644adf12c49894e3d337272f';

// Wordings of engine 20.10, by the rows of engine-facts 3; what it answers with 200 or 201 has no row here.
const ROWS: readonly Row[] = [
  ['proxy', 'container.start', 503, 'the socket proxy does not reach the engine', 'ENGINE_UNREACHABLE'],
  ['proxy', 'network.inspect', 502, 'the socket proxy had no answer of the engine', 'ENGINE_UNREACHABLE'],
  ['proxy', 'container.start', 502, 'the socket proxy had no answer of the engine', 'ENGINE_UNREACHABLE'],
  ['proxy', 'container.create', 403, 'the socket proxy does not pass this request on', 'ENGINE_ERROR'],
  ['swarm', 'network.create', 409, 'rpc error: code = AlreadyExists desc = ingress network (q3i2y3wxycw57hqi1s6sy9eh6) is already present', 'NETWORK_BUILTIN'],
  ['swarm', 'network.create', 400, 'rpc error: code = InvalidArgument desc = ingress network cannot be attachable', 'VALIDATION_FAILED'],
  ['swarm', 'swarm.leave', 503, 'This node is not part of a swarm', 'NODE_NOT_FOUND'],
  ['swarm', 'swarm.init', 503, 'This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.', 'ALREADY_IN_SWARM'],
  ['swarm', 'swarm.init', 500, 'manager stopped: failed to listen on remote API address: listen tcp 10.9.9.9:2377: bind: cannot assign requested address', 'VALIDATION_FAILED'],
  ['swarm', 'swarm.init', 400, 'advertise address must be a non-zero IP address or network interface (with optional port number)', 'VALIDATION_FAILED'],
  ['swarm', 'swarm.join', 503, 'Timeout was reached before node joined. The attempt to join the swarm will continue in the background. Use the "docker info" command to see the current swarm status of your node.', 'ENGINE_TIMEOUT'],
  ['swarm', 'swarm.join', 503, 'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing dial tcp 10.60.0.1:2377: connect: network is unreachable"', 'ENGINE_ERROR'],
  ['swarm', 'swarm.leave', 503, 'You are attempting to leave the swarm on a node that is participating as a manager. Removing the last manager erases all current state of the swarm. Use `--force` to ignore this message. ', 'NODE_STATE'],
  ['swarm', 'node.remove', 400, "rpc error: code = FailedPrecondition desc = node uqttwgcgflx3w877f7kwc3glb is not down and can't be removed", 'NODE_STATE'],
  ['swarm', 'node.remove', 400, 'rpc error: code = FailedPrecondition desc = node istsgfom24v0gcgc4bxwebxkm is a cluster manager and is a member of the raft cluster. It must be demoted to worker before removal', 'NODE_STATE'],
  ['swarm', 'node.update', 400, 'rpc error: code = FailedPrecondition desc = attempting to demote the last manager of the swarm', 'NODE_STATE'],
  ['swarm', 'node.update', 400, "rpc error: code = FailedPrecondition desc = can't remove member from the raft: this would result in a loss of quorum", 'NODE_STATE'],
  ['swarm', 'network.create', 500, "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are online.", 'ENGINE_UNREACHABLE'],
  ['swarm', 'swarm.inspect', 500, "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are online.", 'ENGINE_ERROR'],
  ['swarm', 'service.create', 500, 'rpc error: code = DeadlineExceeded desc = context deadline exceeded', 'ENGINE_TIMEOUT'],
  ['swarm', 'node.remove', 404, 'node nosuch not found', 'NODE_NOT_FOUND'],
  ['swarm', 'service.create', 409, 'rpc error: code = AlreadyExists desc = name conflicts with an existing object: service web already exists', 'SERVICE_NAME_TAKEN'],
  ['swarm', 'service.create', 400, "rpc error: code = InvalidArgument desc = port '8080' is already in use by service 'web' (m4hn9ta67vysg5o1ku1nu2bcx) as an ingress port", 'PORT_IN_USE'],
  ['swarm', 'service.create', 400, 'rpc error: code = InvalidArgument desc = ContainerSpec: "A b" is not a valid repository/tag', 'VALIDATION_FAILED'],
  ['swarm', 'service.remove', 404, 'service nosuch not found', 'SERVICE_NOT_FOUND'],
  ['#1', 'network.create', 409, 'network with name a1 already exists', 'NETWORK_NAME_TAKEN'],
  ['#3', 'network.inspect', 400, '2 matches found based on name: network a1 is ambiguous', 'AMBIGUOUS_REFERENCE'],
  ['#3', 'network.remove', 400, 'network a1 is ambiguous (2 matches found based on name)', 'AMBIGUOUS_REFERENCE'],
  ['#4', 'network.create', 500, 'invalid name: ', 'VALIDATION_FAILED'],
  ['#4', 'network.create', 409, 'network with name  already exists', 'VALIDATION_FAILED'],
  ['#5', 'network.create', 403, 'operation is not permitted on predefined bridge network ', 'NETWORK_BUILTIN'],
  ['#7', 'network.create', 403, 'only one instance of "host" network is allowed', 'NETWORK_BUILTIN'],
  ['#8', 'network.create', 404, 'plugin "nosuch" not found', 'UNKNOWN_DRIVER'],
  ['#10', 'network.create', 500, 'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.', 'NOT_SWARM_MANAGER'],
  ['#11', 'network.create', 403, 'cannot create a swarm scoped network when swarm is not active', 'NOT_SWARM_MANAGER'],
  ['#12', 'network.create', 403, 'Cannot create a multi-host network from a worker node. Please create the network from a manager node.', 'NOT_SWARM_MANAGER'],
  ['#13', 'network.create', 403, 'Ingress network can only be global scope network', 'VALIDATION_FAILED'],
  ['#14', 'network.create', 500, 'Invalid subnet foo : invalid CIDR address: foo', 'VALIDATION_FAILED'],
  ['#15', 'network.create', 500, 'failed to allocate gateway (): No available addresses on this pool', 'ADDRESS_NOT_ASSIGNABLE'],
  ['#18', 'network.create', 403, 'Pool overlaps with other one on this address space', 'SUBNET_OVERLAP'],
  ['#20', 'network.create', 403, "bridge driver doesn't support multiple subnets", 'INVALID_DRIVER_OPTION'],
  ['#21', 'network.create', 500, 'failed to allocate gateway (10.30.0.1): Requested address is out of range', 'GATEWAY_OUTSIDE_SUBNET'],
  ['#22', 'network.create', 500, 'invalid gateway address foo in Ipam configuration', 'VALIDATION_FAILED'],
  ['#23', 'network.create', 500, 'failed to allocate gateway (10.20.0.255): Address already in use', 'VALIDATION_FAILED'],
  ['#24', 'network.create', 500, 'Invalid subnet  : invalid CIDR address: ', 'SUBNET_REQUIRED'],
  ['#26', 'network.create', 500, 'failed to parse pool request for address space "LocalDefault" pool "10.20.0.0/24" subpool "foo": Invalid Address SubPool', 'VALIDATION_FAILED'],
  ['#27', 'network.create', 403, 'auxiliary address: (x:10.30.0.5) must belong to the master pool: 10.20.3.0/24', 'ADDRESS_OUTSIDE_SUBNET'],
  ['#28', 'network.create', 500, 'non parsable secondary ip address (x:foo) passed for network lk', 'VALIDATION_FAILED'],
  ['#29', 'network.create', 500, 'failed to allocate secondary ip address (x:10.20.8.1): Address already in use', 'VALIDATION_FAILED'],
  ['#30', 'network.create', 404, 'could not find an available, non-overlapping IPv6 address pool among the defaults to assign to the network', 'SUBNET_REQUIRED'],
  ['#32', 'network.create', 404, 'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network', 'ADDRESS_POOL_EXHAUSTED'],
  ['#33', 'network.create', 500, 'failed to parse com.docker.network.bridge.enable_icc value: foo (strconv.ParseBool: parsing "foo": invalid syntax)', 'INVALID_DRIVER_OPTION'],
  ['#34', 'network.create', 500, 'invalid MTU number: -5', 'INVALID_DRIVER_OPTION'],
  ['#35', 'network.create', 500, 'failed to parse com.docker.network.bridge.host_binding_ipv4 value: foo (nil ip)', 'INVALID_DRIVER_OPTION'],
  ['#36', 'network.create', 500, 'failed to check bridge interface existence: numerical result out of range', 'INVALID_DRIVER_OPTION'],
  ['#37', 'network.create', 500, 'existing interface eth0 is not a bridge', 'BRIDGE_NAME_IN_USE'],
  ['#38', 'network.create', 403, `cannot create network ${ID} (brx0): conflicts with network ${ID} (brx0): networks have same bridge name`, 'BRIDGE_NAME_IN_USE'],
  ['#39', 'network.create', 400, 'json: cannot unmarshal number into Go struct field NetworkCreateRequest.Options of type string', 'VALIDATION_FAILED'],
  ['#40', 'network.create', 400, "invalid character 'b' looking for beginning of value", 'MALFORMED_REQUEST'],
  ['#40', 'network.create', 400, 'got EOF while reading request body', 'MALFORMED_REQUEST'],
  ['#40', 'network.create', 400, "Content-Type specified (text/plain) must be 'application/json'", 'MALFORMED_REQUEST'],
  ['#42', 'network.create', 500, 'invalid subinterface vlan name nosuch0, example formatting is eth0.10', 'INVALID_DRIVER_OPTION'],
  ['#43', 'network.create', 500, '-o parent interface does was not found on the host: nosuch0', 'INVALID_DRIVER_OPTION'],
  ['#44', 'network.create', 500, 'network dm-a5d9bda5cc4b is already using parent interface vp0', 'PARENT_IN_USE'],
  ['#45', 'network.create', 500, "requested macvlan mode 'foo' is not valid, 'bridge' mode is the macvlan driver default", 'INVALID_DRIVER_OPTION'],
  ['#45', 'network.create', 500, 'loopback interface is not a valid macvlan parent link', 'INVALID_DRIVER_OPTION'],
  ['#45', 'network.create', 500, 'vlan id must be between 1-4094, received: 5000', 'INVALID_DRIVER_OPTION'],
  ['#45', 'network.create', 500, 'unable to parse a valid vlan id from: x (ex. eth0.10 for vlan 10)', 'INVALID_DRIVER_OPTION'],
  ['', 'network.create', 500, 'failed to create eth0.10 vlan link: operation not supported', 'UNSUPPORTED_BY_ENGINE'],
  ['', 'network.create', 500, 'operation not supported', 'UNSUPPORTED_BY_ENGINE'],
  ['', 'attach', 500, 'failed to create the ipvlan port: operation not supported', 'UNSUPPORTED_BY_ENGINE'],
  ['', 'container.start', 500, 'failed to create the macvlan port: operation not supported', 'UNSUPPORTED_BY_ENGINE'],
  ['#46', 'network.create', 404, 'configuration network "nosuch" does not exist', 'CONFIG_NETWORK_INVALID'],
  ['#47', 'network.create', 403, 'user specified configurations are not supported if the network depends on a configuration network', 'CONFIG_NETWORK_INVALID'],
  ['#48', 'network.create', 500, 'Post "http://%2Frun%2Fdocker%2Fplugins%2Fspike.sock/IpamDriver.RequestPool": dial unix /run/docker/plugins/spike.sock: connect: no such file or directory', 'ENGINE_ERROR'],
  ['#48', 'network.create', 500, 'legacy plugin: Plugin does not implement the requested driver', 'ENGINE_ERROR'],
  ['#49', 'attach', 404, 'network nosuch not found', 'NETWORK_NOT_FOUND'],
  ['#51', 'attach', 404, 'No such container: nosuch', 'CONTAINER_NOT_FOUND'],
  ['#52', 'attach', 400, 'invalid name or ID supplied: ""', 'VALIDATION_FAILED'],
  ['#53', 'attach', 500, 'Multiple IDs found with provided prefix: 2', 'AMBIGUOUS_REFERENCE'],
  ['#54', 'attach', 403, 'endpoint with name k1 already exists in network u1', 'ALREADY_ATTACHED'],
  ['#55', 'attach', 409, 'bA is already attached to network ov2', 'ALREADY_ATTACHED'],
  ['#57', 'attach', 400, 'user specified IP address is supported on user defined networks only', 'ADDRESS_NOT_ASSIGNABLE'],
  ['#58', 'attach', 400, 'network-scoped alias is supported only for containers in user defined networks', 'VALIDATION_FAILED'],
  ['#59', 'attach', 400, 'user specified IP address is supported only when connecting to networks with user configured subnets', 'SUBNET_REQUIRED'],
  ['#60', 'attach', 500, "Invalid address 10.99.0.5: It does not belong to any of this network's subnets", 'ADDRESS_OUTSIDE_SUBNET'],
  ['#61', 'attach', 500, 'Invalid IPv4 address: foo)', 'VALIDATION_FAILED'],
  ['#62', 'attach', 403, 'Address already in use', 'ADDRESS_IN_USE'],
  ['#63', 'attach', 500, `no available IPv4 addresses on this network's address pools: tiny (${ID})`, 'ADDRESS_POOL_EXHAUSTED'],
  ['#65', 'attach', 500, 'bad format for links: a:b:c', 'VALIDATION_FAILED'],
  ['#66', 'attach', 400, 'container sharing network namespace with another container or host cannot be connected to any other network', 'ATTACHMENT_IMPOSSIBLE'],
  ['#67', 'attach', 400, 'container cannot be connected to multiple networks with one of the networks in private (none) mode', 'ATTACHMENT_IMPOSSIBLE'],
  ['#68', 'attach', 400, 'container cannot be disconnected from host network or connected to host network', 'ATTACHMENT_IMPOSSIBLE'],
  ['#69', 'attach', 403, 'cannot create endpoint on configuration-only network', 'NETWORK_NOT_ATTACHABLE'],
  ['#70', 'attach', 500, `Container ${ID} is marked for removal and cannot be connected or disconnected to the network`, 'CONTAINER_STATE'],
  ['#72', 'attach', 500, 'Could not attach to network ov1: rpc error: code = PermissionDenied desc = network ov1 not manually attachable', 'NETWORK_NOT_ATTACHABLE'],
  ['#73', 'attach', 500, 'attaching to network failed, make sure your network options are correct and check manager logs: context deadline exceeded', 'ENGINE_TIMEOUT'],
  ['#74', 'detach', 500, `container ${ID} is not connected to network auto1`, 'ATTACHMENT_NOT_FOUND'],
  ['#75', 'detach', 500, `container ${ID} is not connected to the network auto1`, 'ATTACHMENT_NOT_FOUND'],
  ['#76', 'detach', 404, 'No such container: nosuch', 'CONTAINER_NOT_FOUND'],
  ['#76', 'detach', 404, 'endpoint nosuch not found', 'CONTAINER_NOT_FOUND'],
  ['#77', 'detach', 404, 'network nosuch not found', 'NETWORK_NOT_FOUND'],
  ['#81', 'network.remove', 403, `error while removing network: network u1 id ${ID} has active endpoints`, 'NETWORK_IN_USE'],
  ['#82', 'network.remove', 403, 'bridge is a pre-defined network and cannot be removed', 'NETWORK_BUILTIN'],
  ['#83', 'network.remove', 404, 'network nosuchnet not found', 'NETWORK_NOT_FOUND'],
  ['#84', 'network.inspect', 400, '2 matches found based on ID prefix: network 0 is ambiguous', 'AMBIGUOUS_REFERENCE'],
  ['#85', 'network.remove', 403, 'error while removing network: configuration network "co1" is in use', 'NETWORK_IN_USE'],
  ['#86', 'network.remove', 400, 'rpc error: code = FailedPrecondition desc = network 3024jxnrdwhydrzlvw6qtdo3m is in use by service 8gk1xyz', 'NETWORK_IN_USE'],
  ['swarm', 'network.remove', 400, 'rpc error: code = FailedPrecondition desc = ingress network cannot be removed because service 3vabbsy0qwy2k5ur18fpsjobz depends on it', 'NETWORK_IN_USE'],
  ['#86', 'network.remove', 400, 'rpc error: code = FailedPrecondition desc = network 3024jxnrdwhydrzlvw6qtdo3m is in use by task 8gk1xyz', 'NETWORK_IN_USE'],
  ['#87', 'network.remove', 503, "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state.", 'NOT_SWARM_MANAGER'],
  ['#88', 'network.list', 400, "Invalid filter 'nope'", 'VALIDATION_FAILED'],
  ['#88', 'network.list', 500, "invalid character 'o' in literal false (expecting 'a')", 'MALFORMED_REQUEST'],
  ['#88', 'network.list', 500, "invalid filter: 'type'='foo'", 'VALIDATION_FAILED'],
  ['#89', 'network.prune', 409, 'a prune operation is already running', 'ENGINE_ERROR'],
  ['#90', 'service.update', 500, 'rpc error: code = Unknown desc = update out of sequence', 'PRECONDITION_FAILED'],
  ['#91', 'service.create', 500, 'network nosuch not found', 'NETWORK_NOT_FOUND'],
  ['#92', 'container.start', 404, 'network nosuch not found', 'CONTAINER_STATE'],
  ['#93', 'container.start', 500, "Invalid address 10.99.0.5: It does not belong to any of this network's subnets", 'ADDRESS_OUTSIDE_SUBNET'],
  ['#93', 'container.restart', 500, `Cannot restart container ${ID}: Invalid address 10.99.0.5: It does not belong to any of this network's subnets`, 'ADDRESS_OUTSIDE_SUBNET'],
  ['#94', 'container.create', 400, 'invalid IPv4 address: foo', 'VALIDATION_FAILED'],
  ['#96', 'container.start', 403, 'Address already in use', 'ADDRESS_IN_USE'],
  ['#97', 'container.create', 400, 'conflicting options: mac-address and the network mode', 'VALIDATION_FAILED'],
  ['#97', 'container.start', 500, 'address foo: invalid MAC address', 'VALIDATION_FAILED'],
  ['#98', 'container.start', 500, `driver failed programming external connectivity on endpoint x1 (${ID}): Bind for 0.0.0.0:18090 failed: port is already allocated`, 'PORT_IN_USE'],
  ['#99', 'container.start', 500, `driver failed programming external connectivity on endpoint x1 (${ID}): Error starting userland proxy: listen tcp4 0.0.0.0:18095: bind: address already in use`, 'PORT_IN_USE'],
  ['#99', 'container.start', 500, `driver failed programming external connectivity on endpoint x1 (${ID}): Error starting userland proxy: listen tcp4 192.0.2.7:18096: bind: cannot assign requested address`, 'ADDRESS_NOT_ASSIGNABLE'],
  ['#100', 'container.start', 500, `driver failed programming external connectivity on endpoint x1 (${ID}): invalid transport protocol: 0`, 'VALIDATION_FAILED'],
  ['#101', 'container.create', 400, 'invalid port specification: "70000"', 'VALIDATION_FAILED'],
  ['#103', 'container.create', 400, 'Invalid network mode: invalid container format container:', 'VALIDATION_FAILED'],
  ['#103', 'container.create', 400, 'conflicting options: hostname and the network mode', 'VALIDATION_FAILED'],
  ['#104', 'container.start', 404, 'No such container: nosuch', 'CONTAINER_STATE'],
  ['#104', 'container.start', 409, `cannot join network of a non running container: ${ID}`, 'CONTAINER_STATE'],
  ['#104', 'container.restart', 500, `Cannot restart container ${ID}: No such container: nosuch`, 'CONTAINER_STATE'],
  ['#105', 'container.create', 400, 'could not get container for nosuch: No such container: nosuch', 'CONTAINER_NOT_FOUND'],
  ['#105', 'container.start', 500, 'Cannot link to /k1, as it does not belong to the default network', 'CONTAINER_STATE'],
  ['#105', 'container.start', 500, 'Cannot link to a non running container: /k1 AS /k2/friend', 'CONTAINER_STATE'],
  ['#105', 'container.create', 400, "conflicting options: host type networking can't be used with links. This would result in undefined behavior", 'VALIDATION_FAILED'],
  ['#106', 'container.start', 404, `network ${ID} not found`, 'CONTAINER_STATE'],
  ['#107', 'container.start', 500, `failed to create endpoint x1 on network broken: adding interface veth12ab to bridge broob failed: could not find bridge broob: route ip+net: no such network interface`, 'ENGINE_ERROR'],
  ['#108', 'container.create', 409, `Conflict. The container name "/x1" is already in use by container "${ID}". You have to remove (or rename) that container to be able to reuse that name.`, 'CONTAINER_NAME_TAKEN'],
  ['#108', 'container.create', 400, 'Invalid container name (a b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed', 'VALIDATION_FAILED'],
];

// Wordings of engines 25 and later, as their source has them: no such engine was at hand.
const NEWER: readonly Row[] = [
  ['#10', 'network.create', 403, 'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.', 'NOT_SWARM_MANAGER'],
  ['#14', 'network.create', 400, 'invalid network config:\ninvalid subnet foobar: invalid CIDR block notation', 'VALIDATION_FAILED'],
  ['#16', 'network.create', 400, 'invalid network config:\ninvalid subnet 10.10.10.0/8: it should be 10.0.0.0/8', 'VALIDATION_FAILED'],
  ['#18', 'network.create', 403, 'invalid pool request: Pool overlaps with other one on this address space', 'SUBNET_OVERLAP'],
  ['#21', 'network.create', 400, "invalid network config:\ninvalid gateway 192.168.0.1: parent subnet 10.0.0.0/8 doesn't contain this address", 'GATEWAY_OUTSIDE_SUBNET'],
  ['#21', 'network.create', 400, 'invalid network config:\ninvalid gateway 2001:db8::1: parent subnet is an IPv4 block', 'GATEWAY_OUTSIDE_SUBNET'],
  ['#22', 'network.create', 400, 'invalid network config:\ninvalid gateway 1001.10.5.3: invalid address', 'VALIDATION_FAILED'],
  ['#25', 'network.create', 400, 'invalid network config:\ninvalid ip-range 10.0.0.0/8: CIDR block is bigger than its parent subnet 10.10.10.0/24', 'VALIDATION_FAILED'],
  ['#25', 'network.create', 400, "invalid network config:\ninvalid ip-range 192.168.0.0/24: parent subnet 10.0.0.0/8 doesn't contain ip-range", 'VALIDATION_FAILED'],
  ['#27', 'network.create', 400, "invalid network config:\ninvalid auxiliary address x: parent subnet 10.0.0.0/8 doesn't contain this address", 'ADDRESS_OUTSIDE_SUBNET'],
  ['#28', 'network.create', 400, 'invalid network config:\ninvalid auxiliary address x: invalid address', 'VALIDATION_FAILED'],
  ['#32', 'network.create', 400, 'all predefined address pools have been fully subnetted', 'ADDRESS_POOL_EXHAUSTED'],
  ['#58', 'attach', 400, 'invalid endpoint settings:\nnetwork-scoped aliases are only supported for user-defined networks', 'VALIDATION_FAILED'],
  ['#60', 'attach', 400, 'invalid endpoint settings:\nno configured subnet or ip-range contain the IP address 172.26.0.50', 'ADDRESS_OUTSIDE_SUBNET'],
  ['#60', 'container.create', 400, 'invalid config for network shop: invalid endpoint settings:\nno configured subnet or ip-range contain the IP address 172.26.0.50', 'ADDRESS_OUTSIDE_SUBNET'],
  ['#61', 'attach', 400, 'invalid endpoint settings:\ninvalid IPv4 address: foo', 'VALIDATION_FAILED'],
  ['#81', 'network.remove', 403, 'error while removing network: network u1 has active endpoints (name:"k1" id:"abc")', 'NETWORK_IN_USE'],
  ['#97', 'container.create', 400, 'invalid MAC address foo', 'VALIDATION_FAILED'],
  ['#98', 'container.start', 500, `failed to set up container networking: driver failed programming external connectivity on endpoint x1 (${ID}): Bind for 0.0.0.0:18090 failed: port is already allocated`, 'PORT_IN_USE'],
];

describe.each([
  ['20.10', ROWS],
  ['25 and later', NEWER],
])('the words of engine %s', (_, rows) => {
  it.each(rows)('%s when asked for %s, with status %i: %s', (_row, operation, status, message, code) => {
    const error = toDomainError({ engine: 'lab', operation, status, message, subject: ID });
    expect(error.code).toBe(code);
    expect(error.extras).toMatchObject({ engine: 'lab', engineMessage: message });
    expect(error.detail).toMatch(/^["\p{Lu}].*\.$/u);
    expect(error.detail).not.toMatch(/\$\d|undefined/);
  });

  it.each(rows)('%s when asked for %s means the same whatever the status says (%i: %s)', (_row, operation, _status, message, code) => {
    if (code === 'ENGINE_ERROR') return;
    expect(toDomainError({ engine: 'lab', operation, status: 418, message, subject: ID }).code).toBe(code);
  });
});

describe('words that nobody foresaw are told by their status:', () => {
  it.each([
    ['network.inspect', 404, 'NETWORK_NOT_FOUND'],
    ['container.start', 404, 'CONTAINER_NOT_FOUND'],
    ['image.inspect', 404, 'IMAGE_NOT_FOUND'],
    ['attach', 404, 'ENGINE_ERROR'],
    ['network.create', 404, 'ENGINE_ERROR'],
    ['network.create', 400, 'VALIDATION_FAILED'],
    ['container.create', 400, 'VALIDATION_FAILED'],
    ['attach', 400, 'VALIDATION_FAILED'],
    ['network.list', 400, 'ENGINE_ERROR'],
    ['network.create', 403, 'ENGINE_ERROR'],
    ['network.create', 500, 'ENGINE_ERROR'],
    ['container.start', 503, 'ENGINE_ERROR'],
  ] as const)('%s, status %i: %s', (operation, status, code) => {
    const error = toDomainError({ engine: 'lab', operation, status, message: 'the moon is full' });
    expect(error).toMatchObject({ code, extras: { engineMessage: 'the moon is full' } });
  });

  it.each([502, 504])('a proxy (status %i) does not know what the engine did', (status) => {
    const error = toDomainError({ engine: 'lab', operation: 'container.start', status, message: 'Bad Gateway' });
    expect(error).toMatchObject({ code: 'ENGINE_ERROR', extras: { outcome: 'unknown' } });
  });
});

describe('the table', () => {
  it('has no rule that is never reached: each decides at least one known wording', () => {
    const known = [...ROWS, ...NEWER, ...OTHERS, ...PODMAN_ROWS];
    const idle = REFUSAL_RULES.filter((rule) => !known.some((row) => deciding(row) === rule));
    expect(idle.map(({ pattern }) => pattern.source)).toEqual([]);
  });

  it('gives every code a caller can act on', () => {
    for (const { code } of REFUSAL_RULES) expect(ERROR_CODES[code].kind).not.toBe('internal');
  });

  it.each([
    ['#60', 'attach', "Invalid address 10.99.0.5: It does not belong to any of this network's subnets", '10.99.0.5'],
    ['#82', 'network.remove', 'bridge is a pre-defined network and cannot be removed', '"bridge"'],
    ['#106', 'container.start', `network ${ID} not found`, ID],
    ['#108', 'container.create', 'Conflict. The container name "/x1" is already in use by container "a".', '"x1"'],
    ['#43', 'network.create', '-o parent interface does was not found on the host: nosuch0', 'parent interface'],
    ['#61', 'attach', 'Invalid IPv4 address: foo)', '"foo" is not an IPv4 address'],
  ] as const)('%s names what is at fault', (_, operation, message, named) => {
    expect(toDomainError({ engine: 'lab', operation, status: 500, message, subject: ID }).detail).toContain(named);
  });

  it('names the field that is at fault', () => {
    const error = toDomainError({ engine: 'lab', operation: 'network.create', status: 500, message: 'invalid MTU number: -5' });
    expect(error.extras.errors).toEqual([{ field: 'options', message: error.detail }]);
  });
});

const OTHERS: readonly Row[] = [
  ['', 'container.start', 400, 'Client sent an HTTP request to an HTTPS server.', 'ENGINE_UNREACHABLE'],
  ['', 'network.list', 400, 'client version 1.99 is too new. Maximum supported API version is 1.41', 'UNSUPPORTED_BY_ENGINE'],
  ['', 'container.start', 404, `No such container: ${ID}`, 'CONTAINER_NOT_FOUND'],
  ['', 'container.pause', 409, `Container ${ID} is not running`, 'CONTAINER_STATE'],
  ['', 'container.start', 409, 'cannot start a paused container, try unpause instead', 'CONTAINER_STATE'],
  ['', 'container.remove', 409, `You cannot remove a running container ${ID}. Stop the container before attempting removal or force remove`, 'CONTAINER_STATE'],
  ['', 'container.create', 404, 'No such image: nosuch:latest', 'IMAGE_NOT_FOUND'],
  ['', 'container.create', 400, 'invalid reference format', 'VALIDATION_FAILED'],
  ['', 'container.create', 400, 'No command specified', 'VALIDATION_FAILED'],
  ['', 'container.start', 400, 'OCI runtime create failed: exec: "nosuch": executable file not found in $PATH: unknown', 'VALIDATION_FAILED'],
  ['', 'container.create', 400, 'bad format for add-host: "name"', 'VALIDATION_FAILED'],
  ['', 'container.start', 500, 'driver failed programming: all ports are allocated', 'PORT_IN_USE'],
  ['', 'attach', 400, 'invalid link-local IP address: foo', 'VALIDATION_FAILED'],
];

function deciding([, operation, status, message]: Row) {
  const refusal = { engine: 'lab', operation, status, message, subject: ID };
  return REFUSAL_RULES.find(({ pattern, operations, when }) => {
    const match = pattern.exec(message);
    return match !== null && (operations?.includes(operation) ?? true) && (when?.(refusal, match) ?? true);
  });
}

describe('other refusals', () => {
  it.each([...OTHERS, ...PODMAN_ROWS])('%s%s, status %i: %s', (_, operation, status, message, code) => {
    expect(toDomainError({ engine: 'lab', operation, status, message, subject: ID }).code).toBe(code);
  });
});
