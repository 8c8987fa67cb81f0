using Microsoft.Extensions.Logging;

namespace Chorale.Show.Scenes;

internal static partial class Log
{
    [LoggerMessage(1400, LogLevel.Error, "the traces of past runs were damaged; the file is kept as {Path}, a new one was begun", EventName = "trace_set_aside")]
    public static partial void TraceSetAside(ILogger logger, string path);
}
