/** Pixels of a picture. */
export interface PictureSize {
  readonly width: number
  readonly height: number
}

/** A sequence parameter set of constrained baseline, level 3.1 (ITU-T H.264 §7.3.2.1.1); sizes in steps of 2 pixels. */
export function writeSequenceParameters({ width, height }: PictureSize): Buffer {
  const [across, down] = [Math.ceil(width / macroblock), Math.ceil(height / macroblock)]
  const [right, bottom] = [(across * macroblock - width) / 2, (down * macroblock - height) / 2]
  const isCropped = right > 0 || bottom > 0
  const bits = [
    ...golomb(0), // seq_parameter_set_id
    ...golomb(frameNumberBits - 4),
    ...golomb(2), // pic_order_cnt_type
    ...golomb(1), // max_num_ref_frames
    0, // gaps_in_frame_num_value_allowed_flag
    ...golomb(across - 1),
    ...golomb(down - 1),
    1, // frame_mbs_only_flag
    1, // direct_8x8_inference_flag
    ...(isCropped ? [1, ...[0, right, 0, bottom].flatMap(golomb)] : [0]),
    0, // vui_parameters_present_flag
  ]
  return Buffer.from([sequenceParametersNal, ...profileAndLevel, ...withTrailingBits(bits)])
}

/** Reads what `writeSequenceParameters` writes, in any order of sizes; undefined for another profile's set. */
export function readPictureSize(nal: Buffer): PictureSize | undefined {
  if (nal.length < 6 || nal[1] !== profileAndLevel[0]) return undefined
  const bits = new BitReader(nal.subarray(4))
  bits.golomb()
  bits.golomb()
  if (bits.golomb() !== 2) return undefined
  bits.golomb()
  bits.bit()
  const [across, down] = [bits.golomb() + 1, bits.golomb() + 1]
  bits.bit()
  bits.bit()
  const [left, right, top, bottom] =
    bits.bit() === 1 ? [bits.golomb(), bits.golomb(), bits.golomb(), bits.golomb()] : [0, 0, 0, 0]
  return { width: across * macroblock - 2 * (left! + right!), height: down * macroblock - 2 * (top! + bottom!) }
}

/** A picture parameter set for CAVLC (§7.3.2.2), the smallest there is. */
export function writePictureParameters(): Buffer {
  const bits = [
    ...golomb(0), // pic_parameter_set_id
    ...golomb(0), // seq_parameter_set_id
    0, // entropy_coding_mode_flag
    0, // bottom_field_pic_order_in_frame_present_flag
    ...golomb(0), // num_slice_groups_minus1
    ...golomb(0), // num_ref_idx_l0_default_active_minus1
    ...golomb(0), // num_ref_idx_l1_default_active_minus1
    0, // weighted_pred_flag
    ...[0, 0], // weighted_bipred_idc
    ...[0, 0, 0].flatMap(golomb), // pic_init_qp, pic_init_qs, chroma_qp_index_offset
    ...[0, 0, 0], // deblocking_filter_control_present_flag, constrained_intra_pred_flag, redundant_pic_cnt_present_flag
  ]
  return Buffer.from([pictureParametersNal, ...withTrailingBits(bits)])
}

/** First bits of a slice (§7.3.3): whole picture, its type, its number; what follows stands for macroblocks. */
export function writeSliceStart(isKeyframe: boolean, frameNumber: number): Buffer {
  const number = frameNumber % 2 ** frameNumberBits
  const numberBits = Array.from(
    { length: frameNumberBits },
    (_, index) => (number >> (frameNumberBits - 1 - index)) & 1,
  )
  const bits = [...golomb(0), ...golomb(isKeyframe ? 7 : 5), ...golomb(0), ...numberBits]
  return Buffer.from([isKeyframe ? keyframeNal : otherFrameNal, ...withTrailingBits(bits)])
}

/** NAL unit headers: importance 3 for what others refer to, and the type. */
const sequenceParametersNal = 0x67
const pictureParametersNal = 0x68
const keyframeNal = 0x65
const otherFrameNal = 0x41

const profileAndLevel = [0x42, 0xe0, 0x1f] as const
const macroblock = 16
const frameNumberBits = 4

/** ue(v), §9.1: as many zeros as bits follow the leading one. */
function golomb(value: number): number[] {
  const binary = (value + 1).toString(2)
  return [...'0'.repeat(binary.length - 1), ...binary].map(Number)
}

function withTrailingBits(bits: readonly number[]): number[] {
  const text = [...bits, 1].join('')
  const padded = text.padEnd(Math.ceil(text.length / 8) * 8, '0')
  return padded.match(/.{8}/g)!.map((byte) => parseInt(byte, 2))
}

class BitReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  /** 0 behind the end. */
  bit(): number {
    const byte = this.#bytes[this.#at >> 3] ?? 0
    return (byte >> (7 - (this.#at++ & 7))) & 1
  }

  golomb(): number {
    let zeros = 0
    while (zeros < 16 && this.bit() === 0) zeros++
    let value = 1
    for (let left = zeros; left > 0; left--) value = 2 * value + this.bit()
    return value - 1
  }
}
