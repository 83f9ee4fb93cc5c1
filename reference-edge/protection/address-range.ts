import { ipv4Number } from '../provisioning/ipv4-network.ts'

/** IP address and Prefix length as two fields of a page; a length of 32 is one address, 0 all of them. */
export interface AddressRange {
  readonly address: string
  readonly prefixLength: number
}

/** A test for addresses within; undefined where the fields do not make a range. */
export function rangeTest({ address, prefixLength }: AddressRange): ((address: string) => boolean) | undefined {
  const base = ipv4Number(address)
  if (base === undefined || !Number.isInteger(prefixLength) || prefixLength < 0 || prefixLength > 32) return undefined
  const size = 2 ** (32 - prefixLength)
  const network = Math.floor(base / size)
  return (other) => {
    const number = ipv4Number(other)
    return number !== undefined && Math.floor(number / size) === network
  }
}
