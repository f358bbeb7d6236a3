// cv2.resize for pictures of 8 bits, as fer2013/predict uses it, so that the network sees the grey
// levels that it sees in Python: means of areas when it shrinks (INTER_AREA), else between neighbours
// (INTER_LINEAR).
//
// A plane is {width, height, channels, data}; data is Uint8Array [height × width × channels].

const ONE = 2048; // OpenCV's weights of two neighbours are whole numbers

export function resize({ width, height, channels, data }, newWidth, newHeight) {
  const enlarges = newWidth > width;
  const shares = enlarges ? neighbours : areas;
  const columns = shares(width, newWidth);
  const out = new Uint8ClampedArray(newWidth * newHeight * channels);
  const sums = new Float64Array(newWidth * channels);
  shares(height, newHeight).forEach(({ from, share }, y) => {
    sums.fill(0);
    from.forEach((row, k) => {
      const start = row * width;
      for (let place = 0, x = 0; x < newWidth; x++) {
        const across = columns[x];
        for (let c = 0; c < channels; c++, place++) {
          let sum = 0;
          for (let j = 0; j < across.from.length; j++) {
            sum += across.share[j] * data[(start + across.from[j]) * channels + c];
          }
          sums[place] += enlarges ? (share[k] * (sum >> 4)) >> 16 : share[k] * sum;
        }
      }
    });
    if (enlarges) sums.forEach((sum, place) => (sums[place] = (sum + 2) >> 2));
    else if (width === 2 * newWidth) sums.forEach((sum, place) => (sums[place] = Math.round(sum)));
    out.set(sums, y * sums.length); // rounds half to even
  });
  return { width: newWidth, height: newHeight, channels, data: out };
}

/** From which old pixels each new one is made, and by which shares: all those that it covers. */
function areas(length, newLength) {
  const scale = length / newLength;
  return Array.from({ length: newLength }, (_, x) => {
    const [start, end] = [x * scale, Math.min((x + 1) * scale, length)];
    const first = Math.floor(start);
    const from = Array.from({ length: Math.ceil(end) - first }, (_, k) => first + k);
    const share = from.map((k) => (Math.min(k + 1, end) - Math.max(k, start)) / scale);
    return { from, share };
  });
}

/** The same: the two between whose centres it lies. */
function neighbours(length, newLength) {
  return Array.from({ length: newLength }, (_, x) => {
    const place = (x + 0.5) * (length / newLength) - 0.5;
    const two = [Math.floor(place), Math.floor(place) + 1];
    const share = two.map((k) => roundHalfToEven((1 - Math.abs(place - k)) * ONE));
    return { from: two.map((k) => Math.min(Math.max(k, 0), length - 1)), share };
  });
}

/** Python's round(). */
export function roundHalfToEven(value) {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
