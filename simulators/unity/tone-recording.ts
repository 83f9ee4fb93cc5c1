/** A recording as Unity Connection gives it: RIFF WAVE, 8 kHz, one channel, 16-bit PCM, holding a tone. */
export function toneRecording(toneHz: number, durationMs: number): Buffer {
  const samples = Math.round((sampleRate * durationMs) / 1000)
  const wave = Buffer.alloc(headerBytes + samples * 2)
  wave.write('RIFF', 0)
  wave.writeUInt32LE(wave.length - 8, 4)
  wave.write('WAVEfmt ', 8)
  wave.writeUInt32LE(16, 16)
  wave.writeUInt16LE(pcm, 20)
  wave.writeUInt16LE(1, 22)
  wave.writeUInt32LE(sampleRate, 24)
  wave.writeUInt32LE(sampleRate * 2, 28)
  wave.writeUInt16LE(2, 32)
  wave.writeUInt16LE(16, 34)
  wave.write('data', 36)
  wave.writeUInt32LE(samples * 2, 40)
  for (let index = 0; index < samples; index++) {
    const value = amplitude * Math.sin((2 * Math.PI * toneHz * index) / sampleRate)
    wave.writeInt16LE(Math.round(value), headerBytes + index * 2)
  }
  return wave
}

const sampleRate = 8_000
const headerBytes = 44
const pcm = 1
const amplitude = 8_000
