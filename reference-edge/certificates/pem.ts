import { X509Certificate } from 'node:crypto'

/** One `-----BEGIN x-----` … `-----END x-----` of a text; `number` counts from 1. */
export interface PemBlock {
  readonly number: number
  /** `CERTIFICATE`, `RSA PRIVATE KEY` … */
  readonly label: string
  /** DER, or undefined where the lines between are no base64 (or have header lines, as an encrypted key). */
  readonly content: Buffer | undefined
  /** The END line was there. */
  readonly isComplete: boolean
}

/** A certificate read from a PEM text. */
export interface ReadCertificate {
  readonly number: number
  readonly certificate: X509Certificate
  /** Written anew: lines of 64 characters, a line end behind. */
  readonly pem: string
}

export interface CertificateText {
  readonly certificates: readonly ReadCertificate[]
  /** What could not be read, each with the number of its block. */
  readonly problems: readonly string[]
}

/** The largest text that is read, in characters. */
export const largestPemText = 1_000_000

/** The blocks of a text; what stands between them (as `openssl x509 -text` writes) is passed over. */
export function readPem(text: string): PemBlock[] {
  const blocks: PemBlock[] = []
  let open: { label: string; lines: string[] } | undefined
  const close = (isComplete: boolean) => {
    if (open === undefined) return
    const content = decode(open.lines.join(''))
    blocks.push({ number: blocks.length + 1, label: open.label, content, isComplete })
    open = undefined
  }
  for (const line of text.slice(0, largestPemText).split(/\r\n|\r|\n/)) {
    const [, edge, label] = boundary.exec(line.trim()) ?? []
    if (edge === 'BEGIN') {
      close(false)
      open = { label: label!, lines: [] }
    } else if (edge === 'END') close(open?.label === label)
    else open?.lines.push(line.trim())
  }
  close(false)
  return blocks
}

/** The certificates of a PEM text in their order. Every block has to be a whole certificate. */
export function readCertificates(text: string): CertificateText {
  if (text.length > largestPemText) return { certificates: [], problems: ['The file is too large'] }
  const blocks = readPem(text)
  if (blocks.length === 0) return { certificates: [], problems: ['The file has no certificate in PEM format'] }
  const certificates: ReadCertificate[] = []
  const problems: string[] = []
  for (const block of blocks) {
    const outcome = readCertificate(block)
    if (typeof outcome === 'string') problems.push(`Block ${block.number} ${outcome}`)
    else certificates.push({ number: block.number, certificate: outcome, pem: writePem('CERTIFICATE', outcome.raw) })
  }
  return { certificates, problems }
}

export function writePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

function readCertificate({ label, content, isComplete }: PemBlock): X509Certificate | string {
  if (!isComplete) return `(${label}) has no end line`
  if (label !== 'CERTIFICATE') return `is a ${label}, not a certificate`
  if (content === undefined) return 'is not in PEM format: its text is no base64'
  try {
    const certificate = new X509Certificate(content)
    // Read here, so that a certificate with a key of unknown kind is refused now and not where it is used.
    void certificate.publicKey
    return certificate
  } catch {
    return 'is no X.509 certificate'
  }
}

function decode(text: string): Buffer | undefined {
  const isBase64 = text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)
  return isBase64 ? Buffer.from(text, 'base64') : undefined
}

const boundary = /^-----(BEGIN|END) ([A-Z0-9 ]+)-----$/
