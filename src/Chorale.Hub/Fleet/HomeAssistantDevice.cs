using System.Text.Json.Nodes;
using Chorale.Fleet;
using Chorale.Protocol.Modules;

namespace Chorale.Hub.Fleet;

/// <summary>
/// How a module shows itself to Home Assistant: one discovery message for the device with all its entities
/// (home-assistant.io/integrations/mqtt, "Device discovery payload"). The entities read the module's own retained status and write its command topic.
/// </summary>
internal static class HomeAssistantDevice
{
    public static string Topic(string prefix, ModuleId module) => $"{prefix}/device/chorale_{module.Value}/config";

    public static byte[] Payload(string baseTopic, ModuleId module, string? version)
    {
        var topics = new ModuleTopics(baseTopic, module.Value);
        var unique = "chorale_" + module.Value;
        return System.Text.Encoding.UTF8.GetBytes(new JsonObject
        {
            ["device"] = new JsonObject { ["identifiers"] = new JsonArray(unique), ["name"] = module.Value, ["manufacturer"] = "Chorale", ["model"] = "recorder module", ["sw_version"] = version },
            ["origin"] = new JsonObject { ["name"] = "Chorale" },
            ["state_topic"] = topics.Status,
            ["qos"] = 1,
            ["availability"] = new JsonArray(new JsonObject
            {
                ["topic"] = topics.Status, ["value_template"] = "{{ 'offline' if value_json.state == 'disconnected' else 'online' }}",
            }),
            ["components"] = new JsonObject
            {
                ["recording"] = Entity("switch", "Recording", "{{ value_json.state }}", new()
                {
                    ["state_on"] = "recording", ["state_off"] = "idle", ["command_topic"] = topics.Command, ["payload_on"] = """{"command":"start"}""",
                    ["payload_off"] = """{"command":"stop"}""", ["retain"] = false, ["optimistic"] = false, ["icon"] = "mdi:record-rec",
                }),
                ["problem"] = Entity("binary_sensor", "Problem", "{{ 'ON' if value_json.alarms or value_json.state == 'error' else 'OFF' }}", new()
                {
                    ["device_class"] = "problem", ["json_attributes_topic"] = topics.Status,
                    ["json_attributes_template"] = "{{ {'alarms': value_json.alarms | default([]), 'error': value_json.error | default('')} | tojson }}",
                }),
                ["level"] = Entity("sensor", "Level", "{{ value_json.levels | default([]) | max(default=none) }}", new()
                {
                    ["unit_of_measurement"] = "dB", ["state_class"] = "measurement", ["icon"] = "mdi:microphone",
                }),
                ["queue"] = Entity("sensor", "Waiting for upload", "{{ (value_json.queue | default({})).chunks | default(none) }}", new()
                {
                    ["unit_of_measurement"] = "chunks", ["state_class"] = "measurement", ["icon"] = "mdi:tray-arrow-up",
                }),
            },
        }.ToJsonString());

        JsonObject Entity(string platform, string name, string template, JsonObject more)
        {
            more["platform"] = platform;
            more["name"] = name;
            more["unique_id"] = $"{unique}_{name.ToLowerInvariant().Replace(' ', '_')}";
            more["value_template"] = template;
            return more;
        }
    }
}
