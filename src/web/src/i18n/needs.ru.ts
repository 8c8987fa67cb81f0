import type { NeedKind } from "../pages/home/needs";
import type { NeedWords } from "./en";

type Alarms = (id: string) => { name: string; todo: string } | undefined;

export function needsRu(kind: NeedKind, who: string, detail: string | null, alarms: Alarms, bytes: (count: number) => string): NeedWords {
  const because = detail ? `: ${detail}` : "";
  switch (kind) {
    case "module_lost": return { title: `${who} пропал`, means: "Рекордер больше не слышен. Он может записывать дальше без нас или стоять без питания.", todo: "Проверьте его питание и сеть." };
    case "module_late": return { title: `${who} опаздывает`, means: "Он пропустил больше двух своих сигналов.", todo: "Подождите; если не вернётся, проверьте сеть." };
    case "module_error": return { title: `${who}: ошибка${because}`, means: "Сейчас он не может записывать.", todo: "Проверьте микрофон и диск." };
    case "alarm": {
      const alarm = alarms(detail ?? "");
      return { title: `${who}: ${alarm?.name ?? (detail ?? "").replaceAll("_", " ")}`, means: "Тревогу поднял сам рекордер.", todo: alarm?.todo ?? "Посмотрите его журнал." };
    }
    case "broker": return { title: "Брокера нет", means: `Модули и узлы не слышны, команды не доходят${because}.`, todo: `Запустите брокера на ${who}.` };
    case "room_simulated": return { title: `${who}: имитация`, means: `У зала нет брокера${because}. Команды пишутся в журнал, но не отправляются; звук и видео идут.`, todo: "Запустите брокера; зал вернётся сам." };
    case "room_link": return { title: `${who} без связи`, means: `Устройства зала недоступны${because}.`, todo: "Проверьте брокера." };
    case "command": return { title: `${who} не послушался`, means: `Последняя команда не удалась${because}.`, todo: "Проверьте устройство и отправьте ещё раз со страницы зала." };
    case "node": return { title: `${who} отключён`, means: `Устройства зала «${detail ?? ""}» нет на связи; состояние его выходов неизвестно.`, todo: "Проверьте его питание и сеть." };
    case "stop": return { title: `STOP зала ${who} не подтверждён`, means: `Остановку подтвердили не все узлы (${detail ?? ""}).`, todo: "Идите и посмотрите; нажмите STOP ещё раз." };
    case "player": return { title: `Проигрыватель зала ${who}: неполадка`, means: detail ?? "", todo: "Проверьте файл и устройство звука или изображения." };
    case "scene": return { title: `Сцена ${who} не запустится`, means: `В файле ошибки (${detail ?? ""}).`, todo: "Откройте её и исправьте то, что названо." };
    case "room_files": return { title: `В файлах зала ${who} ошибки`, means: detail ?? "", todo: "Откройте страницу зала: там названы все." };
    case "disk": return { title: "Диск архива почти полон", means: `Свободно ${bytes(Number(detail))}.`, todo: "Освободите место или задайте срок хранения." };
    case "refused": return { title: "Фрагменты отвергнуты", means: "Что-то из пришедшего нельзя было принять.", todo: "Посмотрите журнал хаба." };
    case "output_differs": return { title: `${who} не в том состоянии`, means: `В зале «${detail ?? ""}» подтверждённое состояние отличается от желаемого.`, todo: "Отправьте ещё раз со страницы зала." };
  }
}
