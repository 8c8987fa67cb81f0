using Chorale.Protocol;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Chorale.Hub.Access;

/// <summary>The table <c>mqtt_users</c>.</summary>
internal static class MqttUserSql
{
    private const string Columns = "user_name, role, base_topic, commands, events, password_hash, created_us";

    public static bool TryInsert(SqliteConnection c, MqttUser user, string hash) => c.Execute(
        $"INSERT INTO mqtt_users ({Columns}) VALUES (@Name, @role, @BaseTopic, @commands, @events, @hash, @createdUs) ON CONFLICT DO NOTHING",
        new
        {
            user.Name, role = ToText(user.Role), user.BaseTopic, commands = string.Join(',', user.Commands), events = string.Join(',', user.Events), hash,
            createdUs = WallTime.ToMicroseconds(user.CreatedAt),
        }) == 1;

    public static bool Delete(SqliteConnection c, string name) => c.Execute("DELETE FROM mqtt_users WHERE user_name = @name", new { name }) == 1;

    public static IReadOnlyList<(MqttUser User, string PasswordHash)> List(SqliteConnection c) =>
        c.Query<Row>($"SELECT {Columns} FROM mqtt_users ORDER BY user_name").Select(r => (r.ToUser(), r.password_hash)).ToList();

    public static string ToText(MqttRole role) => role.ToString().ToLowerInvariant();

    private static string[] Split(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);

#pragma warning disable IDE1006 // the names of the columns
    private sealed record Row(string user_name, string role, string base_topic, string commands, string events, string password_hash, long created_us)
    {
        public MqttUser ToUser() => new(
            user_name, Enum.Parse<MqttRole>(role, ignoreCase: true), base_topic, Split(commands), Split(events), WallTime.FromMicroseconds(created_us));
    }
#pragma warning restore IDE1006
}
