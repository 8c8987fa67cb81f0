import type { Act, Need } from "../pages/home/needs";
import { bytes, duration } from "../time";
import type { NeedWords } from "./en";
import { plural } from "./plural";

type Alarms = (id: string) => { name: string; todo: string } | undefined;

const NAMED = 8;
const count = (n: number, one: string, few: string, many: string): string => plural("ru", n, { one, few, many, other: many });
const list = (all: readonly string[]): string => all.slice(0, NAMED).join(", ") + (all.length > NAMED ? ` и ещё ${all.length - NAMED}` : "");
const modules = (n: number): string => count(n, "модуль", "модуля", "модулей");
const times = (n: number | undefined): string => ((n ?? 1) > 1 ? ` ${count(n!, "раз", "раза", "раз")}` : "");

export const actsRu: Record<Act, string> = {
  module: "Показать модуль", modules: "Показать парк", room: "Открыть зал", runs: "Открыть прошлые запуски", sceneFile: "Открыть файл", log: "Показать в журнале",
  health: "Состояние хаба", settings: "Открыть настройки", listen: "Показать на шкале",
};

export function needsRu(n: Need, alarms: Alarms): NeedWords {
  const many = n.all ? n.all.length : 0;
  const who = n.all ? list(n.all) : n.who;
  const because = n.detail ? `: ${n.detail}` : "";
  switch (n.kind) {
    case "microphone": {
      const alarm = alarms(n.detail ?? "");
      const name = alarm?.name ?? (n.detail ?? "").replaceAll("_", " ");
      const where = n.channels?.length ? ` (канал ${n.channels.join(", ")})` : "";
      return { title: many ? `${modules(many)}: ${name}` : `${n.who}: ${name}${where}`, means: many ? `То, что они сейчас записывают, ничего не стоит: ${who}.` : where ? "То, что он там записывает, ничего не стоит." : "То, что он сейчас записывает, ничего не стоит.", todo: alarm?.todo ?? "Посмотрите его журнал." };
    }
    case "alarm": {
      const alarm = alarms(n.detail ?? "");
      const name = alarm?.name ?? (n.detail ?? "").replaceAll("_", " ");
      return { title: many ? `${modules(many)}: ${name}` : `${n.who}: ${name}`, means: many ? `Тревогу подняли они сами: ${who}.` : "Тревогу поднял сам рекордер.", todo: alarm?.todo ?? "Посмотрите его журнал." };
    }
    case "module_lost": return {
      title: many ? `Пропало: ${modules(many)}` : `${n.who} пропал`,
      means: many ? `Больше не слышны: ${who}. Общий коммутатор, роутер или предохранитель?` : n.detail === "offline" ? "Он сказал, что завершается, или брокер увидел обрыв его связи." : "Он больше не слышен. Может записывать дальше без нас или стоять без питания.",
      todo: many ? "Проверьте то, что у них общее." : "Проверьте его питание и сеть.",
    };
    case "module_late": return { title: many ? `Опаздывает: ${modules(many)}` : `${n.who} опаздывает`, means: many ? `Пропустили больше двух своих сигналов: ${who}.` : "Он пропустил больше двух своих сигналов.", todo: "Подождите; если не пройдёт, проверьте сеть." };
    case "module_error": return { title: `${who}: ошибка${many ? "" : because}`, means: "Сейчас записывать нельзя.", todo: "Проверьте микрофон и диск." };
    case "backlog": {
      const trend = n.trend === undefined ? "" : n.trend > 100 ? ` Растёт на ${bytes(n.trend * 3600)} в час.` : n.trend < -100 ? ` Убывает на ${bytes(-n.trend * 3600)} в час.` : " Не растёт и не убывает.";
      return {
        title: many ? `Отправки ждут: ${modules(many)}` : `${n.who}: отправки ждут`,
        means: many ? `${bytes(n.bytes ?? 0)} лежит на ${who}. Ничего не потеряно, пока на их дисках есть место.` : `${count(n.count ?? 0, "фрагмент", "фрагмента", "фрагментов")}, ${bytes(n.bytes ?? 0)}, на его диске, а не здесь.${trend}`,
        todo: "Проверьте сеть между ним и хабом; `chorale check` на месте назовёт причину.",
      };
    }
    case "quarantine": return { title: `${who}: отложено ${n.count ? count(n.count, "фрагмент", "фрагмента", "фрагментов") : "несколько фрагментов"}`, means: "Их отвергли насовсем или нашли повреждёнными. Они хранятся на рекордере, пока человек не решит.", todo: "`chorale spool ls --state Quarantined` на месте скажет почему; `chorale spool retry` отправит снова." };
    case "lag": return { title: many ? `Поздно пишут на диск: ${modules(many)}` : `${n.who} пишет на диск слишком поздно`, means: `Без питания сейчас пропали бы последние ${n.count ?? 0} с${many ? ` (худший из ${who})` : ""}.`, todo: "Проверьте его карту: так выглядит медленная или умирающая." };
    case "clock": return { title: many ? `Без хороших часов: ${modules(many)}` : `${n.who} без хороших часов`, means: `Его время известно лишь с точностью до ${n.count ?? 0} мс${many ? ` (худший из ${who})` : ""}; точнее записи не совместить.`, todo: "Запустите на нём chrony или systemd-timesyncd." };
    case "broker": return { title: "Брокера нет", means: `Модули и устройства не слышны, команды не доходят${because}.`, todo: `Запустите брокера на ${n.who}; всё вернётся само.` };
    case "room_simulated": return { title: `${who}: имитация`, means: `У зала нет брокера${because}. Команды пишутся в журнал, но не отправляются; звук и видео идут.`, todo: "Запустите брокера; зал вернётся сам." };
    case "room_link": return { title: `${who} без связи`, means: `Устройства зала недоступны${because}.`, todo: "Проверьте брокера." };
    case "command": return { title: `Команда не выполнена: ${who}`, means: many ? "Последняя команда каждому из них не удалась." : `За сутки не удалось${times(n.count) || " один раз"}, последняя причина: ${n.detail ?? ""}`, todo: "Проверьте устройство и отправьте команду ещё раз. Это исчезнет, когда она подтвердится." };
    case "node": return { title: many ? `Нет на связи: ${count(many, "устройство", "устройства", "устройств")}` : `${n.who} отключён`, means: many ? `Нет на связи: ${who}; состояние их выходов неизвестно.` : `Устройства зала «${n.detail ?? ""}» нет на связи; состояние его выходов неизвестно.`, todo: "Проверьте питание и сеть." };
    case "stop": return { title: `STOP зала ${who} не подтверждён`, means: `Остановку подтвердили не все устройства (${n.detail ?? ""}).`, todo: "Идите и посмотрите; нажмите STOP ещё раз." };
    case "player": return { title: `Проигрыватель зала ${who}: неполадка`, means: n.detail ?? "", todo: "Проверьте файл и устройство звука или изображения." };
    case "scene": return { title: `Сцена ${who} не запустится`, means: many ? "В их файлах ошибки." : `Ошибок в её файле (${n.detail ?? ""}): ${n.count ?? "?"}.`, todo: "Откройте её и исправьте то, что названо." };
    case "run_failed": return { title: `${who}: сцену остановил сбой`, means: n.detail ?? "", todo: "Трасса назовёт команду; почините устройство и запустите сцену снова." };
    case "room_files": return { title: `В файлах зала ${who} ошибки`, means: n.detail ?? "", todo: "Откройте страницу зала: там названы все." };
    case "output_differs": return { title: `${who}: не в том состоянии`, means: many ? "Подтверждённое ими отличается от желаемого." : `В зале «${n.detail ?? ""}» подтверждённое состояние отличается от желаемого.`, todo: "Отправьте ещё раз со страницы зала." };
    case "disk": return {
      title: n.count === 0 ? "Диск архива полон" : `Диск архива заполнится через ${count(n.count ?? 0, "день", "дня", "дней")}`,
      means: `Свободно ${bytes(n.bytes ?? 0)}. Ниже порога самый старый звук удаляется, чтобы освободить место.`, todo: "Освободите место или задайте срок хранения (`keep_days`, `keep_size`).",
    };
    case "disk_unknown": return { title: "Диск архива не сообщает, сколько свободно", means: "Пока это так, ничего не удаляется и ничего нельзя предсказать.", todo: "Проверьте диск папки данных." };
    case "database": return { title: `${who}: повреждён или не читается`, means: n.detail ?? "", todo: "Проверьте диск; `chorale archive check` скажет, что уцелело, а руководство по восстановлению — что делать." };
    case "hub_disk": return { title: "Хаб не может писать на диск", means: "Фрагменты не принимаются; рекордеры хранят свои и пробуют снова.", todo: "Проверьте, не полон ли он, не только ли для чтения, не отказывает ли (`dmesg`)." };
    case "hub_book": return { title: "Журнал не записывается", means: `Новейшие события хранятся в памяти${because}.`, todo: "Проверьте, не полон ли диск хаба и не отказывает ли он." };
    case "hub_error": return { title: `У хаба была ошибка${times(n.count)}`, means: n.detail ?? "", todo: "Прочтите, что она говорит; непринятое остаётся у рекордеров." };
    case "certificate": return { title: (n.count ?? 0) < 0 ? "Сертификат хаба истёк" : `Сертификат хаба истекает через ${duration((n.count ?? 0) * 86_400e6)}`, means: "После этого браузеры предупреждают, а рекордеры не соединяются.", todo: "Замените файл из `certificate` и перезапустите хаб." };
    case "refused": return { title: `${who}: фрагменты отвергнуты${many ? "" : times(n.count)}`, means: many ? "Что-то из присланного ими нельзя было принять." : `Последняя причина: ${n.detail ?? ""}`, todo: "Проверьте отправителя; наш рекордер хранит их в карантине." };
    case "uploads_stopped": return { title: `${who}: больше ничего не приходит`, means: "Отправки шли своим чередом и прекратились. Возможно, по расписанию сейчас тихо.", todo: "Если он должен записывать, проверьте его питание и сеть." };
  }
}
