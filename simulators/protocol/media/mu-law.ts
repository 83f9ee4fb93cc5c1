/** G.711 µ-law: one byte of wire for one sample of 16-bit linear PCM. */
export function encodeMuLaw(samples: Int16Array): Buffer {
  const bytes = Buffer.allocUnsafe(samples.length)
  for (let index = 0; index < samples.length; index++) bytes[index] = encodeSample(samples[index]!)
  return bytes
}

export function decodeMuLaw(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.length)
  for (let index = 0; index < bytes.length; index++) samples[index] = decodeSample(bytes[index]!)
  return samples
}

/** Loudest sample the code can express, and the bias that makes its segments start at powers of two (ITU-T G.711). */
const clip = 32_635
const bias = 0x84

function encodeSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0
  const magnitude = Math.min(Math.abs(sample), clip) + bias
  const segment = 31 - Math.clz32(magnitude) - 7
  return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff
}

function decodeSample(byte: number): number {
  const code = ~byte & 0xff
  const magnitude = ((((code & 0x0f) << 3) + bias) << ((code >> 4) & 7)) - bias
  return (code & 0x80) === 0 ? magnitude : -magnitude
}
