import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { PortParty } from '#guide/ports.ts'
import { listeningPorts, reservedPorts } from '#guide/ports.ts'
import type { Lab } from '../lab.ts'
import { addressesOf } from './flows.ts'

export interface ListenerComparison {
  readonly count: number
  /** Ports open that the guide does not have, and ports it has that are not open. */
  readonly differences: readonly string[]
}

interface OpenPort {
  readonly transport: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
}

/** Compares what the kernel says is open in this network namespace with what the port reference has. */
export async function compareListeners(lab: Lab): Promise<ListenerComparison> {
  const open = (await openPorts()).filter(({ address }) => isOfLab(lab, address) || isWildcard(address))
  const parties = partiesByAddress(lab)
  return {
    count: open.length,
    differences: [...open.flatMap((port) => unexpected(lab, parties, port)), ...missing(parties, open)],
  }
}

async function openPorts(): Promise<OpenPort[]> {
  const { stdout } = await promisify(execFile)('ss', ['-ltnuH'])
  return stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [transport, , , , local] = line.split(/\s+/) as [OpenPort['transport'], string, string, string, string]
      const colon = local.lastIndexOf(':')
      return { transport, address: local.slice(0, colon), port: Number(local.slice(colon + 1)) }
    })
}

function partiesByAddress(lab: Lab): Map<string, PortParty[]> {
  const parties = new Map<string, PortParty[]>()
  const add = (party: PortParty, addresses: readonly string[]) => {
    for (const address of addresses) parties.set(address, [...(parties.get(address) ?? []), party])
  }
  for (const party of Object.keys(listeningPorts) as PortParty[]) {
    if (party !== 'internet endpoint') add(party, addressesOf(lab, party))
  }
  const outside = lab.endpoints().filter(({ user }) => user.place === 'internet')
  add(
    'internet endpoint',
    outside.flatMap(({ specification }) => specification.addresses),
  )
  return parties
}

function unexpected(lab: Lab, parties: ReadonlyMap<string, PortParty[]>, open: OpenPort): string[] {
  const { transport, address, port } = open
  const text = `${address}:${port}/${transport}`
  if (isWildcard(address)) return [`open on every address: ${text}`]
  const own = parties.get(address)
  if (own === undefined) {
    const isReserved = transport === 'tcp' && (reservedPorts as readonly number[]).includes(port)
    return isPrivateLoopback(lab, address) && isReserved ? [] : [`open, and nobody's: ${text}`]
  }
  const isKnown = own.some((party) => {
    const { tcp, udp, tcpAtTimes = [] } = listeningPorts[party]!
    return transport === 'tcp'
      ? [...tcp, ...tcpAtTimes].includes(port)
      : udp.some(([first, last]) => port >= first && port <= last)
  })
  return isKnown ? [] : [`open, and not in the port reference: ${text} of ${own.join(', ')}`]
}

/** TCP only: UDP ports are open while there is media. */
function missing(parties: ReadonlyMap<string, PortParty[]>, open: readonly OpenPort[]): string[] {
  return [...parties].flatMap(([address, own]) =>
    own.flatMap((party) =>
      listeningPorts[party]!.tcp.filter(
        (port) => !open.some((one) => one.transport === 'tcp' && one.address === address && one.port === port),
      ).map((port) => `not open: ${address}:${port}/tcp of ${party}`),
    ),
  )
}

const isWildcard = (address: string) => ['0.0.0.0', '*', '[::]'].includes(address)
const isOfLab = ({ fabric }: Lab, address: string) => address.startsWith(`127.${fabric.lab}.`)
const isPrivateLoopback = ({ fabric }: Lab, address: string) =>
  fabric.privateNetworks.some((network) => address.startsWith(network.replace(/0\/24$/, '')))
