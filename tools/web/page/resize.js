// cv2.resize for pictures of 8 bits, as fer2013/predict uses it: the same sums in the same order,
// so that the network sees the grey levels that it sees in Python.
//
// A plane is {width, height, channels, data}; data is Uint8Array [height × width × channels].

const SMALLEST_SHARE = 1e-3; // of a pixel; OpenCV leaves out less
const COEFFICIENT = 2048; // OpenCV's weights of two neighbours have 11 bits

/** Shrink: each new pixel is the mean of the area that it covers (INTER_AREA). */
export function shrink(plane, width, height) {
  if (plane.width === width && plane.height === height) return plane;
  const wide = plane.width / width;
  const high = plane.height / height;
  if (Number.isInteger(wide) && Number.isInteger(high)) {
    return meanOfBlocks(plane, width, height, wide, high);
  }
  const { channels, data } = plane;
  const columns = shares(plane.width, width, wide);
  const rows = shares(plane.height, height, high);
  const sums = new Float32Array(width * channels);
  const row = new Float32Array(width * channels);
  const out = new Uint8ClampedArray(width * height * channels);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let k = rows.start[y]; k < rows.start[y + 1]; k++) {
      const from = rows.source[k] * plane.width * channels;
      const share = rows.share[k];
      addUp(data, from, columns, width, channels, row);
      for (let x = 0; x < row.length; x++) sums[x] += share * row[x];
    }
    out.set(sums, y * sums.length); // rounds half to even, as OpenCV does
  }
  return { width, height, channels, data: out };
}

function addUp(data, from, columns, width, channels, row) {
  const { start, source, share } = columns;
  for (let x = 0; x < width; x++) {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let k = start[x]; k < start[x + 1]; k++) {
        sum = Math.fround(sum + data[from + source[k] * channels + c] * share[k]);
      }
      row[x * channels + c] = sum;
    }
  }
}

/** Of which old pixels, by which shares, each new one consists; those of x are start[x]…. */
function shares(from, to, scale) {
  const start = new Int32Array(to + 1);
  const source = [];
  const share = [];
  const add = (index, value) => {
    source.push(index);
    share.push(Math.fround(value));
  };
  for (let x = 0; x < to; x++) {
    start[x] = source.length;
    const begin = x * scale;
    const end = begin + scale;
    const length = Math.min(scale, from - begin);
    const last = Math.min(Math.floor(end), from - 1);
    const first = Math.min(Math.ceil(begin), last);
    if (first - begin > SMALLEST_SHARE) add(first - 1, (first - begin) / length);
    for (let whole = first; whole < last; whole++) add(whole, 1 / length);
    if (end - last > SMALLEST_SHARE) add(last, Math.min(end - last, 1, length) / length);
  }
  start[to] = source.length;
  return { start, source: Int32Array.from(source), share: Float32Array.from(share) };
}

function meanOfBlocks(plane, width, height, wide, high) {
  const { channels, data } = plane;
  const out = new Uint8ClampedArray(width * height * channels);
  const share = Math.fround(1 / (wide * high));
  const stride = plane.width * channels;
  const halvesUp = wide === 2 && high === 2;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        let from = y * high * stride + x * wide * channels + c;
        for (let j = 0; j < high; j++, from += stride) {
          for (let i = 0, at = from; i < wide; i++, at += channels) sum += data[at];
        }
        out[(y * width + x) * channels + c] = halvesUp ? (sum + 2) >> 2 : Math.fround(sum * share);
      }
    }
  }
  return { width, height, channels, data: out };
}

/** Enlarge: each new pixel lies between two old ones in each direction (INTER_LINEAR). */
export function enlarge(plane, width, height) {
  if (plane.width === width && plane.height === height) return plane;
  const { channels, data } = plane;
  const columns = neighbours(plane.width, width);
  const rows = neighbours(plane.height, height);
  const stride = plane.width * channels;
  const out = new Uint8ClampedArray(width * height * channels);
  const between = (row, x, c) => {
    const at = row * stride + c;
    const left = data[at + columns.first[x] * channels] * columns.near[x];
    return left + data[at + columns.second[x] * channels] * columns.far[x];
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        const above = (rows.near[y] * (between(rows.first[y], x, c) >> 4)) >> 16;
        const below = (rows.far[y] * (between(rows.second[y], x, c) >> 4)) >> 16;
        out[(y * width + x) * channels + c] = (above + below + 2) >> 2;
      }
    }
  }
  return { width, height, channels, data: out };
}

/** Between which two old pixels each new one lies, and their weights. */
function neighbours(from, to) {
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const near = new Int32Array(to);
  const far = new Int32Array(to);
  for (let x = 0; x < to; x++) {
    const place = Math.fround((x + 0.5) * (from / to) - 0.5);
    const floor = Math.floor(place);
    const share = Math.fround(place - floor);
    first[x] = Math.min(Math.max(floor, 0), from - 1);
    second[x] = Math.min(Math.max(floor + 1, 0), from - 1);
    near[x] = roundHalfToEven(Math.fround(1 - share) * COEFFICIENT);
    far[x] = roundHalfToEven(share * COEFFICIENT);
  }
  return { first, second, near, far };
}

/** Python's round(). */
export function roundHalfToEven(value) {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
