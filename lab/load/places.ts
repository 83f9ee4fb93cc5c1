import type { Lab } from '../lab.ts'
import { fqdnOf as fqdnIn, nodesOf, publishersOf } from '../plan/plan-facts.ts'

export function fqdnOf({ topology }: Lab, host: string): string {
  return fqdnIn(host, topology)
}

/** FQDN of the node that all lines register with: the first of the first cluster. */
export function homeNodeOf(lab: Lab): string {
  const { topology } = lab
  return fqdnOf(lab, nodesOf(topology, publishersOf(topology, 'cucm')[0]!)[0]!)
}
