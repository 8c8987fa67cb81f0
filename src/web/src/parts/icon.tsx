/** Shapes of 16 x 16. States differ by shape before they differ by colour. */
const shapes = {
  ok: "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13m3 4L7.2 9.3 5.2 7.3 4 8.5l3.2 3.2 5-5z",
  pending: "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13M8 3v10A5 5 0 0 0 8 3",
  warn: "M8 1.3 15.4 14.3H.6zM7.2 5.8v4.2h1.6V5.8zm0 5.3v1.6h1.6v-1.6z",
  bad: "M5 1h6l4 4v6l-4 4H5l-4-4V5zm.6 3.5L4.5 5.6 6.9 8l-2.4 2.4 1.1 1.1L8 9.1l2.4 2.4 1.1-1.1L9.1 8l2.4-2.4-1.1-1.1L8 6.9z",
  unknown: "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13m0 1.7a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6",
  quiet: "M8 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7",
  stop: "M5 1h6l4 4v6l-4 4H5l-4-4V5z",
  play: "M3.5 1.8v12.4L14 8z",
  pause: "M3 2h3.6v12H3zm6.4 0H13v12H9.4z",
  record: "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11",
  home: "M8 1.2 1 7.2l1 1.2 1-.8V14h4V9.6h2V14h4V7.6l1 .8 1-1.2z",
  fleet: "M1.5 2h5.5v5.5H1.5zm7.5 0h5.5v5.5H9zM1.5 9h5.5v5.5H1.5zM9 9h5.5v5.5H9z",
  listen: "M1.5 6v4h1.6V6zm3.1-2.5v9h1.6v-9zm3.1 2v5h1.6v-5zM10.8 2v12h1.6V2zm3 4v4h1.4V6z",
  rooms: "M2 14V2.5L10 1v1.5h4V14h1v1.3H1V14zm8-10v10h2.6V4zM7.2 7.4v1.8h1.4V7.4z",
  recordings: "M2 3h12v1.8H2zm0 4.1h12v1.8H2zm0 4.1h8V13H2z",
  log: "M3 1.5h7.2L13 4.3v10.2H3zm2 5v1.3h6V6.5zm0 2.6v1.3h6V9.1zm0 2.6V13h4v-1.3z",
  settings: "M1.5 3.2h7v1.6h-7zm9-1.2h1.8v1.2h2.2v1.6h-2.2V6h-1.8zm-9 5.2h2v1.6h-2zM5.5 6h1.8v1.2h7.2v1.6H7.3V10H5.5zm-4 5.2h6v1.6h-6zm8-1.2h1.8v1.2h3.2v1.6h-3.2V14H9.5z",
  eye: "M8 3c3.4 0 6 2 7.5 5-1.500 3-4.100 5-7.500 5S2 11 .5 8C2 5 4.600 3 8 3m0 1.600C5.600 4.600 3.700 5.800 2.400 8c1.300 2.200 3.200 3.400 5.600 3.400s4.300-1.200 5.600-3.400c-1.300-2.200-3.200-3.400-5.600-3.400M8 5.700a2.300 2.300 0 1 1 0 4.600 2.300 2.300 0 0 1 0-4.600",
  person: "M8 1.5a3.3 3.3 0 1 1 0 6.6 3.3 3.3 0 0 1 0-6.6M1.8 14.5c0-3.4 2.6-5.2 6.2-5.2s6.2 1.8 6.2 5.2z",
  left: "M10.8 2.2 5 8l5.8 5.8 1.2-1.2L7.4 8 12 3.4z",
  right: "M5.2 2.2 11 8l-5.8 5.8L4 12.6 8.6 8 4 3.4z",
  down: "M2.2 5.2 8 11l5.8-5.8L12.6 4 8 8.6 3.4 4z",
  link: "M2 13.5h2.4v-3H2zm4-0h2.4v-6H6zm4 0h2.4v-10H10z",
} as const;

export type Shape = keyof typeof shapes;

export function Icon({ shape, size = 16 }: { shape: Shape; size?: number }) {
  return <svg class="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path fill-rule="evenodd" d={shapes[shape]} /></svg>;
}
