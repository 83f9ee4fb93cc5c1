import type { Random } from '#runtime/random.ts'
import type { Topology } from '../topology/topology.ts'

/** Everything secret of one lab, made at its start and gone with it. */
export interface LabSecrets {
  /** By user id. */
  readonly passwords: Readonly<Record<string, string>>
  /** Of the VCSs' administrator, by host name; 96 bits. */
  readonly administrators: Readonly<Record<string, string>>
  /** Cluster pre-shared keys of the VCS clusters, by the cluster's label. */
  readonly clusterKeys: Readonly<Record<string, string>>
  readonly traversalZone: { readonly username: string; readonly password: string }
  readonly axl: { readonly username: string; readonly password: string }
  /** Of Cisco Unified CM Administration. */
  readonly ccmAdministrator: { readonly username: string; readonly password: string }
  /** Key 1 of the NTP servers: SHA-1, 20 bytes in hexadecimal. */
  readonly ntpKey: string
}

/** No default accounts: every password is random. */
export function makeSecrets(topology: Topology, random: Random): LabSecrets {
  const each = (names: readonly string[], length: number) =>
    Object.fromEntries(names.map((name) => [name, random.hex(length)]))
  return {
    passwords: each(
      [
        ...[...topology.users, ...topology.devices].map(({ id }) => id),
        ...Object.values(topology.hosts).flatMap(({ company }) => company?.users ?? []),
      ],
      16,
    ),
    administrators: each(
      Object.keys(topology.hosts).filter((name) => ['expressway', 'control'].includes(topology.hosts[name]!.role)),
      24,
    ),
    clusterKeys: each([...new Set(Object.values(topology.hosts).flatMap(({ cluster }) => cluster ?? []))], 32),
    traversalZone: { username: 'traversal', password: random.hex(24) },
    axl: { username: 'axl', password: random.hex(24) },
    ccmAdministrator: { username: 'ccmadministrator', password: random.hex(24) },
    ntpKey: random.hex(40),
  }
}
