/** What counts of a row of Status > Zones. */
interface ZoneRow {
  readonly name: string
  readonly type: string
  readonly port?: number
  /** Where the zone leads, where that is known. */
  readonly address?: string
  readonly addresses?: readonly string[]
  readonly node?: string
  /** False for the zones that discovery makes. */
  readonly configurable?: boolean
}

/**
 * Neighbor zones of an administrator that lead to the port of a node which the line side uses: Unified CM could not
 * tell a trunk's calls from those of devices. The value names both zones; undefined where there is no conflict.
 */
export function portConflict(zones: readonly ZoneRow[]): string | undefined {
  const neighbors = zones.filter(({ type }) => type === 'Neighbor')
  const generated = neighbors.filter(({ configurable }) => configurable === false)
  const conflicts = neighbors.flatMap((zone) =>
    generated
      .filter((line) => zone.configurable === true && line.port === zone.port && isSameNode(zone, line))
      .map((line) => `${zone.name} and ${line.name}: port ${zone.port}`),
  )
  return conflicts.length === 0 ? undefined : conflicts.join('; ')
}

function isSameNode(zone: ZoneRow, line: ZoneRow): boolean {
  const names = [...(zone.addresses ?? []), zone.node].map((name) => name?.toLowerCase())
  return [line.address, line.node].some((name) => name !== undefined && names.includes(name.toLowerCase()))
}
