import { createHash } from 'node:crypto'
import { ConfigurationError } from '#runtime/configuration.ts'
import type {
  DeviceConfiguration,
  PhoneSecurityProfile,
  ServerConfiguration,
  UnifiedCmConfiguration,
  UserConfiguration,
} from './configuration.ts'
import { readUnifiedCmConfiguration } from './configuration.ts'
import { audioBitRates } from './configuration/system.ts'

/** Devices and trunks stand in a device pool. */
export interface PoolMember {
  readonly devicePool: string
}

type Applier = (path: keyof UnifiedCmConfiguration, name: string) => Promise<void>

/** The database of the cluster: its configuration, which management may change field by field while it runs. */
export class Cluster {
  #configuration: UnifiedCmConfiguration
  readonly #watchers = new Set<() => void | Promise<void>>()
  readonly #appliers = new Set<Applier>()

  constructor(configuration: UnifiedCmConfiguration) {
    this.#configuration = configuration
  }

  get configuration(): UnifiedCmConfiguration {
    return this.#configuration
  }

  /** Changes one field, for example `services.tftp` or `servers.0.sipPhonePort`; throws `ConfigurationError`. */
  async set(path: string, value: unknown): Promise<void> {
    this.#configuration = readUnifiedCmConfiguration(replaced(this.#configuration, path.split('.'), value))
    for (const watcher of this.#watchers) await watcher()
  }

  /** Called behind every change, until the function that comes back is called. */
  onChange(watcher: () => void | Promise<void>): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
  }

  /** Apply Config of one row: what was saved of it comes into force. Rejects where it cannot. */
  async apply(path: keyof UnifiedCmConfiguration, name: string): Promise<void> {
    for (const applier of this.#appliers) await applier(path, name)
  }

  /** Called at every Apply Config, until the function that comes back is called. */
  onApply(applier: Applier): () => void {
    this.#appliers.add(applier)
    return () => void this.#appliers.delete(applier)
  }

  /** User ids are compared without regard to case, as the product's database does. */
  user(id: string): UserConfiguration | undefined {
    return this.#configuration.users.find((user) => user.id.toLowerCase() === id.toLowerCase())
  }

  device(name: string): DeviceConfiguration | undefined {
    return this.#configuration.devices.find((device) => device.name.toUpperCase() === name.toUpperCase())
  }

  devicesOf(user: UserConfiguration): DeviceConfiguration[] {
    return user.devices.flatMap((name) => this.device(name) ?? [])
  }

  linesOf(device: DeviceConfiguration): string[] {
    return [device.line, ...device.furtherLines]
  }

  devicesOnLine(number: string): DeviceConfiguration[] {
    return this.#configuration.devices.filter((device) => this.linesOf(device).includes(number))
  }

  /** Whether the calling search space of the device, or of the trunk, has the partition of the line. */
  mayCall(caller: string, number: string): boolean {
    const { lines, callingSearchSpaces } = this.#configuration
    const partition = lines.find((line) => line.number === number)?.partition
    if (partition === undefined) return true
    const space = this.device(caller)?.callingSearchSpace
    return callingSearchSpaces.find(({ name }) => name === space)?.partitions.includes(partition) === true
  }

  hasLine(number: string): boolean {
    return (
      this.#configuration.lines.some((line) => line.number === number) ||
      this.#configuration.users.some((user) => user.line === number) ||
      this.devicesOnLine(number).length > 0
    )
  }

  /** The name shown for a line: its own, that of the device's owner, or that of the user whose extension it is. */
  displayNameOf(number: string): string {
    const line = this.#configuration.lines.find((each) => each.number === number)
    if (line?.displayName !== undefined) return line.displayName
    const owner = this.devicesOnLine(number).find((device) => device.owner !== undefined)?.owner
    const user = this.#configuration.users.find((each) => each.line === number)
    return (user ?? (owner === undefined ? undefined : this.user(owner)))?.displayName ?? ''
  }

  /** A device or a trunk. */
  poolMember(name: string): PoolMember | undefined {
    return this.device(name) ?? this.#configuration.sipTrunks.find((trunk) => trunk.name === name)
  }

  /** Bit rates of calls between two devices: what the page of one of their regions says about the other. */
  bitRates(one: PoolMember, other: PoolMember): { audioKbps: number; videoCallKbps: number } {
    const [a, b] = [this.devicePoolOf(one).region, this.devicePoolOf(other).region]
    const relationship = this.#configuration.regionRelationships.find(
      (each) => (each.of === a && each.region === b) || (each.of === b && each.region === a),
    )
    return {
      audioKbps: audioBitRates[relationship?.maximumAudioBitRate ?? '64 kbps (G.722, G.711)'],
      videoCallKbps: relationship?.maximumSessionBitRateForVideoCalls ?? 384,
    }
  }

  devicePoolOf(device: PoolMember): UnifiedCmConfiguration['devicePools'][number] {
    return this.#configuration.devicePools.find((pool) => pool.devicePoolName === device.devicePool)!
  }

  /** This node among the servers of the cluster. */
  get thisServer(): ServerConfiguration {
    const { servers, fqdn } = this.#configuration
    return servers.find((server) => server.fqdn.toLowerCase() === fqdn.toLowerCase())!
  }

  /** Where a device registers, in this order: the Cisco Unified CM Group of its device pool. */
  serversFor(device: DeviceConfiguration): readonly ServerConfiguration[] {
    const { servers, callManagerGroups } = this.#configuration
    const { unifiedCmGroup } = this.devicePoolOf(device)
    const { members } = callManagerGroups.find((group) => group.name === unifiedCmGroup)!
    if (members.length === 0) return servers
    return members.flatMap((name) => servers.find((server) => server.name.toLowerCase() === name.toLowerCase()) ?? [])
  }

  /** NTP servers for a device: device pool, Date/Time Group, Phone NTP References. */
  phoneNtpReferencesOf(device: DeviceConfiguration): UnifiedCmConfiguration['phoneNtpReferences'] {
    const { phoneNtpReferences } = this.#configuration
    const selected = this.dateTimeGroupOf(device).selectedPhoneNtpReferences
    return selected.flatMap((address) => phoneNtpReferences.find((each) => each.ipAddress === address) ?? [])
  }

  dateTimeGroupOf(device: DeviceConfiguration): UnifiedCmConfiguration['dateTimeGroups'][number] {
    const { dateTimeGroup } = this.devicePoolOf(device)
    return this.#configuration.dateTimeGroups.find((group) => group.groupName === dateTimeGroup)!
  }

  get isMixedMode(): boolean {
    return this.#configuration.enterpriseParameters.clusterSecurityMode === 1
  }

  /** The phone security profile that is in force: without mixed mode a secure one counts as non-secure. */
  secureProfileOf(device: DeviceConfiguration): PhoneSecurityProfile | undefined {
    const profile = this.#configuration.phoneSecurityProfiles.find((each) => each.name === device.securityProfile)
    return this.isMixedMode && profile?.transportType === 'TLS' ? profile : undefined
  }

  /** PEM of what was uploaded for a purpose. */
  trusted(purpose: 'CallManager-trust' | 'tomcat-trust'): string[] {
    return this.#configuration.trustedCertificates
      .filter((each) => each.certificatePurpose === purpose)
      .map((each) => each.certificate)
  }

  /** The database key of a record: the same at every start and at every node, different for every record. */
  pkid(kind: string, name: string): string {
    const hash = createHash('sha256').update(`${this.#configuration.servers[0]!.fqdn}/${kind}/${name}`).digest('hex')
    return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
  }
}

/** A copy of a document with one field replaced; a path through something that is not there stays and is refused later. */
function replaced(document: unknown, [key, ...rest]: string[], value: unknown): unknown {
  if (key === undefined) return value
  if (Array.isArray(document)) {
    const index = /^\d{1,6}$/.test(key) ? Number(key) : document.length + 1
    if (index > document.length)
      throw new ConfigurationError('set', [{ path: key, says: 'is not an index of the list' }])
    return document.toSpliced(index, 1, replaced(document[index], rest, value))
  }
  const object = (typeof document === 'object' && document !== null ? document : {}) as Record<string, unknown>
  return { ...object, [key]: replaced(Object.hasOwn(object, key) ? object[key] : undefined, rest, value) }
}
