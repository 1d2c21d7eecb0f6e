/** What engines put on the containers of tasks, and so on the events about them. */
export const TASK_LABEL = {
  serviceId: 'com.docker.swarm.service.id',
  serviceName: 'com.docker.swarm.service.name',
  nodeId: 'com.docker.swarm.node.id',
} as const;
