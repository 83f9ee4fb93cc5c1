import { createHash } from 'node:crypto'
import { ConfigurationError } from '#runtime/configuration.ts'
import type { DeviceConfiguration, UnifiedCmConfiguration, UserConfiguration } from './configuration.ts'
import { readUnifiedCmConfiguration } from './configuration.ts'

/** The database of the cluster: its configuration, which management may change field by field while it runs. */
export class Cluster {
  #configuration: UnifiedCmConfiguration
  readonly #watchers = new Set<() => void | Promise<void>>()

  constructor(configuration: UnifiedCmConfiguration) {
    this.#configuration = configuration
  }

  get configuration(): UnifiedCmConfiguration {
    return this.#configuration
  }

  /** Changes one field, for example `services.tftp` or `regions.0.videoCallKbps`; throws `ConfigurationError`. */
  async set(path: string, value: unknown): Promise<void> {
    this.#configuration = readUnifiedCmConfiguration(replaced(this.#configuration, path.split('.'), value))
    for (const watcher of this.#watchers) await watcher()
  }

  /** Called behind every change, until the function that comes back is called. */
  onChange(watcher: () => void | Promise<void>): () => void {
    this.#watchers.add(watcher)
    return () => void this.#watchers.delete(watcher)
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

  /** Bit rates between two devices: the lower of their regions. */
  bitRates(one: DeviceConfiguration, other: DeviceConfiguration): { audioKbps: number; videoCallKbps: number } {
    const regions = [one, other].flatMap(
      (device) => this.#configuration.regions.find((region) => region.name === device.region) ?? [],
    )
    return {
      audioKbps: Math.min(...regions.map((region) => region.audioKbps)),
      videoCallKbps: Math.min(...regions.map((region) => region.videoCallKbps)),
    }
  }

  /** The database key of a record: the same at every start, different for every record. */
  pkid(kind: string, name: string): string {
    const hash = createHash('sha256').update(`${this.#configuration.fqdn}/${kind}/${name}`).digest('hex')
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
