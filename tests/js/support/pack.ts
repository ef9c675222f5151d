// The inverse of unpack: writes a frame as src/gradwidget/widget/protocol.py does.

type Numbers = ArrayLike<number> | readonly Numbers[];

function flatten(array: Numbers): { shape: number[]; values: number[] } {
  const first = array[0];
  if (array.length && typeof first === "object") {
    const rows = Array.from(array as readonly Numbers[], flatten);
    const shape = [rows.length, ...(rows[0]?.shape ?? [])];
    return { shape, values: rows.flatMap(({ values }) => values) };
  }
  return { shape: [array.length], values: Array.from(array as ArrayLike<number>) };
}

export function pack(header: object, arrays: Record<string, Numbers>): DataView<ArrayBuffer> {
  const table: Record<string, number[]> = {};
  const data: number[] = [];
  for (const [name, array] of Object.entries(arrays)) {
    const { shape, values } = flatten(array);
    table[name] = [data.length, ...shape];
    for (const value of values) data.push(value);
  }
  let text = JSON.stringify({ ...header, arrays: table });
  const size = () => new TextEncoder().encode(text).length;
  while ((4 + size()) % 8) text += " ";
  const bytes = new TextEncoder().encode(text);
  const view = new DataView(new ArrayBuffer(4 + bytes.length + 8 * data.length));
  view.setUint32(0, bytes.length, true);
  new Uint8Array(view.buffer).set(bytes, 4);
  data.forEach((value, i) => {
    view.setFloat64(4 + bytes.length + 8 * i, value, true);
  });
  return view;
}
