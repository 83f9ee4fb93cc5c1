/** G.711 µ-law (ITU-T G.711, table 2a): one byte to a sample of 14 bits. */
export function linearFromMuLaw(byte: number): number {
  const bits = ~byte & 0xff
  const magnitude = ((((bits & 0x0f) << 1) + 33) << ((bits >> 4) & 0x07)) - 33
  return (bits & 0x80) === 0 ? magnitude : -magnitude
}

/** How much of the power of `samples` (8000 a second) lies at `hz`: 1 for that tone alone, 2/length for noise. */
export function shareOfTone(samples: readonly number[], hz: number): number {
  let [sine, cosine, power] = [0, 0, 0]
  for (const [index, sample] of samples.entries()) {
    const angle = (2 * Math.PI * hz * index) / 8000
    sine += sample * Math.sin(angle)
    cosine += sample * Math.cos(angle)
    power += sample * sample
  }
  return power === 0 ? 0 : (2 * (sine * sine + cosine * cosine)) / (samples.length * power)
}
