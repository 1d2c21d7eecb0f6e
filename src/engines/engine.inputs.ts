import { InputType } from '@nestjs/graphql';
import { Taken } from '../faces/taken.decorator.js';

/** A bundle of certificates is longer than other texts. */
const LONGEST_PEM = 65_536;
const ABOUT = {
  name: 'The name that the service is to know it by: 1 to 63 of a-z, 0-9, dot, dash and underscore. It stays.',
  endpoint:
    'Where it listens: `unix:///path/to/docker.sock`, `tcp://host:port` or `ssh://user@host:port`, the last with the path ' +
    'of the socket after it where that is not the usual one.',
  tls: 'For `tcp://`: with what it is reached over TLS. `{}` trusts the authorities of the system.',
  ssh: 'For `ssh://`: with what it is reached, and the host keys by which its machine proves itself.',
} as const;

@InputType({ description: 'With what an engine is reached over TLS. Nothing of it is ever shown again.' })
export class EngineTlsInput {
  @Taken({ optional: true, longest: LONGEST_PEM, description: 'Certificates of the authorities to trust, as PEM; those of the system where absent.' })
  ca?: string;

  @Taken({ optional: true, longest: LONGEST_PEM, description: 'Our certificate, as PEM; with `key`.' })
  cert?: string;

  @Taken({ optional: true, longest: LONGEST_PEM, description: 'The private key of our certificate, as PEM, without a passphrase.' })
  key?: string;
}

@InputType({ description: 'With what an engine is reached over ssh. Of secrets nothing is ever shown again.' })
export class EngineSshInput {
  @Taken({
    list: true,
    description: 'Public keys of the host, as `ssh-ed25519 AAAA…`: it must prove itself by one of them.',
    example: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBOPSbkMVPEOjmRVSJdcbUj6VMk8wgOzWxfkZ4SpoBSR'],
  })
  hostKeys!: string[];

  @Taken({ optional: true, longest: LONGEST_PEM, description: 'Our private key, in the format of OpenSSH or as PEM.' })
  privateKey?: string;

  @Taken({ optional: true, description: 'The passphrase of the private key.' })
  passphrase?: string;

  @Taken({ optional: true, description: 'The password of the user; a key is better.' })
  password?: string;
}

@InputType({ description: 'An engine to look after.' })
export class AddEngineInput {
  @Taken({ description: ABOUT.name, example: 'edge' })
  name!: string;

  @Taken({ description: ABOUT.endpoint, example: 'ssh://docker@edge.example' })
  endpoint!: string;

  @Taken({ type: () => EngineTlsInput, optional: true, description: `${ABOUT.tls} Without TLS where absent, which is told as a warning.` })
  tls?: EngineTlsInput;

  @Taken({ type: () => EngineSshInput, optional: true, description: ABOUT.ssh })
  ssh?: EngineSshInput;
}

@InputType({ description: 'What to change of the way to an engine: what is absent stays, null clears.' })
export class UpdateEngineInput {
  @Taken({ optional: true, description: ABOUT.endpoint, example: 'ssh://docker@edge.example:2222' })
  endpoint?: string;

  @Taken({ type: () => EngineTlsInput, clearable: true, description: `${ABOUT.tls} Replaces all before; null goes on without TLS.` })
  tls?: EngineTlsInput | null;

  @Taken({ type: () => EngineSshInput, clearable: true, description: `${ABOUT.ssh} Replaces all before.` })
  ssh?: EngineSshInput | null;
}
