/** Whether an IPv4 address is in a network written as `a.b.c.d/bits` or as a single address. */
export function isInNetwork(address: string, network: string): boolean {
  const [base = '', bits = '32'] = network.split('/')
  const [left, right] = [ipv4Number(address), ipv4Number(base)]
  const length = Number(bits)
  if (left === undefined || right === undefined || !(length >= 0 && length <= 32)) return false
  const size = 2 ** (32 - length)
  return Math.floor(left / size) === Math.floor(right / size)
}

/** The 32 bits of an address in dotted decimal; undefined where it is none. */
export function ipv4Number(address: string): number | undefined {
  const parts = address.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)) return undefined
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0)
}
