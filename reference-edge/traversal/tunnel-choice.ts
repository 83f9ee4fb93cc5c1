/** What the choice among tunnels goes by. */
export interface ChoosableTunnel {
  /** Which Control opened it; a newer tunnel of the same Control stands in for the older one. */
  readonly control: string
  readonly isForwarding: boolean
  /** The last try to open a channel had no answer. */
  readonly isSilent: boolean
}

/**
 * The order in which tunnels are tried for the `turn`th channel, given in the order they came up: the newest of each
 * Control, Controls in turn; then, of whom nothing was heard lately or who has a newer tunnel.
 */
export function tunnelsInTurn<T extends ChoosableTunnel>(tunnels: readonly T[], turn: number): T[] {
  const forwarding = tunnels.filter(({ isForwarding }) => isForwarding)
  const newest = new Map(forwarding.map((tunnel) => [tunnel.control, tunnel]))
  const candidates = [...newest.values()].toSorted((one, other) => one.control.localeCompare(other.control))
  const start = candidates.length === 0 ? 0 : turn % candidates.length
  const rotated = [...candidates.slice(start), ...candidates.slice(0, start)]
  const older = forwarding.filter((tunnel) => newest.get(tunnel.control) !== tunnel).toReversed()
  const inOrder = [...rotated, ...older]
  return [...inOrder.filter(({ isSilent }) => !isSilent), ...inOrder.filter(({ isSilent }) => isSilent)]
}
