import type { PictureSize } from './sequence-parameters.ts'

/** The picture an encoder makes of a bit rate at 30 frames a second: what stays watchable, H.264 baseline. */
export function pictureAt(bitsPerSecond: number): PictureSize {
  return sizes.find(({ least }) => bitsPerSecond >= least)!.size
}

/** `720p`, `w448p` … as these endpoints' pages name them; `width x height` for others. */
export function pictureName({ width, height }: PictureSize): string {
  const known = sizes.find(({ size }) => size.width === width && size.height === height)
  return known?.name ?? `${width}x${height}`
}

const sizes: ReadonlyArray<{ readonly least: number; readonly name: string; readonly size: PictureSize }> = [
  { least: 1_000_000, name: '720p', size: { width: 1280, height: 720 } },
  { least: 512_000, name: 'w448p', size: { width: 768, height: 448 } },
  { least: 192_000, name: 'w288p', size: { width: 512, height: 288 } },
  { least: 0, name: 'w144p', size: { width: 256, height: 144 } },
]
