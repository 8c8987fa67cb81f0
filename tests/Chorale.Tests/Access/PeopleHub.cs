using Chorale.Hub.Access;
using Chorale.Tests.Hub;

namespace Chorale.Tests.Access;

/// <summary>A hub with one user of each role, whose password is <see cref="Password"/>.</summary>
internal static class PeopleHub
{
    public const string Password = "a quiet evening in May";

    private static readonly string Hash = Passwords.Hash(Password);

    public static async Task<TestHub> StartAsync(TimeProvider? time = null, TempFolder? folder = null)
    {
        var hub = await TestHub.StartAsync(folder: folder, time: time);
        foreach (var (name, role) in ((string, Role)[])[("vera", Role.Viewer), ("olga", Role.Operator), ("tom", Role.Technician)]) Add(hub, name, role);
        return hub;
    }

    public static User Add(TestHub hub, string name, Role role) => hub.Host.Tokens.People.TryAdd(name, role, Hash)!;

    public static Task<PersonClient> LoginAsync(this TestHub hub, string name) => PersonClient.LoginAsync(hub.Url, name, Password);

    public static async Task<string> TypeAsync(HttpResponseMessage reply) =>
        System.Text.Json.JsonDocument.Parse(await reply.Content.ReadAsStringAsync()).RootElement.GetProperty("type").GetString()!["urn:chorale:".Length..];
}
